// What the command does when it is signalled: the first signal that is to end it lets it end in good order, the second at once.
import { constants } from 'node:os';

import { leave } from './exit.ts';
import { isHangupIgnored } from './hangup.ts';

export interface SignalActions {
  /** For the first SIGINT, SIGTERM or SIGHUP. */
  drain(signal: NodeJS.Signals): void;
  /** For the second. */
  abort(signal: NodeJS.Signals): void;
  /** For SIGUSR1. */
  tell(): void;
  /** For SIGUSR2. */
  look(): void;
  /** When it goes on (SIGCONT). Nothing of ours is done when it is stopped: see docs/design.md. */
  resumed(): void;
}

/** A terminal that is closed, a service manager and a shell often send several at once. Those are one. */
const atOnceMs = 300;

export class Signals {
  /** The first that was to end the run. */
  ended: NodeJS.Signals | undefined;
  readonly #listeners: readonly (readonly [NodeJS.Signals, () => void])[];

  /** `ignoresHangup`: SIGHUP does nothing, also where it was not ignored from the start. */
  constructor(actions: SignalActions, ignoresHangup = false) {
    let told = 0;
    let toldAt = -Infinity;
    const end = (signal: NodeJS.Signals) => (): void => {
      const now = performance.now();
      if (now - toldAt < atOnceMs) return;
      toldAt = now;
      this.ended ??= signal;
      told++;
      if (told === 1) actions.drain(signal);
      else if (told === 2) actions.abort(signal);
      else leave(exitStatus(signal));
    };
    const isDeaf = ignoresHangup || isHangupIgnored();
    this.#listeners = [
      ['SIGINT', end('SIGINT')],
      ['SIGTERM', end('SIGTERM')],
      ['SIGHUP', isDeaf ? () => {} : end('SIGHUP')],
      [
        'SIGUSR1',
        () => {
          actions.tell();
          // Some versions of Node open their debugger at this signal as well.
          const inspector = process.getBuiltinModule('node:inspector');
          if (inspector.url() !== undefined) inspector.close();
        },
      ],
      ['SIGUSR2', () => actions.look()],
      ['SIGCONT', () => actions.resumed()],
    ];
    for (const [signal, listener] of this.#listeners) process.on(signal, listener);
  }

  release(): void {
    for (const [signal, listener] of this.#listeners) process.off(signal, listener);
  }
}

/** As shells have it. */
export function exitStatus(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
