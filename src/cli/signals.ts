// What the command does when it is signalled: the first SIGINT or SIGTERM lets it end in good order, the second at once.
import { constants } from 'node:os';

export interface SignalActions {
  /** For the first SIGINT or SIGTERM. */
  drain(signal: NodeJS.Signals): void;
  /** For the second. */
  abort(signal: NodeJS.Signals): void;
  /** For SIGUSR1. */
  tell(): void;
  /** When it goes on (SIGCONT). Nothing of ours is done when it is stopped: see docs/design.md. */
  resumed(): void;
}

export class Signals {
  /** The first that was to end the run. */
  ended: NodeJS.Signals | undefined;
  readonly #listeners: readonly (readonly [NodeJS.Signals, () => void])[];

  constructor(actions: SignalActions) {
    let told = 0;
    const end = (signal: NodeJS.Signals) => (): void => {
      this.ended ??= signal;
      told++;
      if (told === 1) actions.drain(signal);
      else if (told === 2) actions.abort(signal);
      else process.exit(exitStatus(signal));
    };
    this.#listeners = [
      ['SIGINT', end('SIGINT')],
      ['SIGTERM', end('SIGTERM')],
      [
        'SIGUSR1',
        () => {
          actions.tell();
          // Some versions of Node open their debugger at this signal as well.
          const inspector = process.getBuiltinModule('node:inspector');
          if (inspector.url() !== undefined) inspector.close();
        },
      ],
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
