// The channels of one running task: its stream and signal arguments, and the messages that its caller sends.
import { currentScope, type Scope } from '../task/async-context.ts';
import { AbortController } from '../task/platform.ts';
import type { ChannelEnds, ChannelShape } from '../wire/channels.ts';
import { MESSAGES, type Feed } from '../wire/messages.ts';
import { whenUnpacked } from '../wire/unpack.ts';
import { arrivedStream, iteratorOf } from './arrived.ts';
import { classModules } from './functions.ts';
import { Inlet } from './inlet.ts';
import type { Outbox } from './outbox.ts';

export class Inbound implements ChannelEnds {
  readonly #ask: (channel: number, count: number) => void;
  readonly #inlets = new Map<number, Inlet>();
  readonly #signals = new Map<number, AbortController>();
  /** Signals that were aborted before the task was started. */
  readonly #early = new Map<number, Feed>();
  #messages: AsyncIterable<unknown> | undefined;
  #state: 'open' | 'cancelled' | 'closed' = 'open';
  #reason: unknown;
  #scope: Scope | undefined;

  constructor(run: number, place: number, outbox: Outbox) {
    this.#ask = (channel, count) => outbox.want({ type: 'want', run, place, channel, count });
  }

  open(channel: number, shape: ChannelShape): object {
    if (shape.kind !== 'signal') return arrivedStream(shape, this.#openInlet(channel));
    const controller = new AbortController();
    this.#signals.set(channel, controller);
    const early = this.#early.get(channel);
    if (early !== undefined) this.hear(early);
    return controller.signal;
  }

  abort(channel: number, reason: unknown): void {
    const controller = this.#signals.get(channel);
    if (this.#scope === undefined) controller?.abort(reason);
    else this.#scope(() => controller?.abort(reason));
  }

  /** The task is about to be called: the listeners of its signals run in its context. */
  begin(): void {
    if (this.#signals.size > 0) this.#scope = currentScope();
  }

  /** What the caller sends to the task. A loop over them that is left leaves what follows to the next loop. */
  messages(): AsyncIterable<unknown> {
    if (this.#messages !== undefined) return this.#messages;
    const inlet = this.#openInlet(MESSAGES);
    return (this.#messages = { [Symbol.asyncIterator]: () => iteratorOf(inlet, () => {}) });
  }

  hear(feed: Feed): void {
    const { channel, payload } = feed;
    const inlet = this.#inlets.get(channel);
    if (inlet !== undefined) inlet.hear(feed);
    else if (this.#signals.has(channel)) {
      // At once, but for where the class of the reason is still to be loaded.
      const abort = (reason: unknown): void => this.abort(channel, reason);
      whenUnpacked(payload?.[0], 'reason', classModules, abort);
    } else this.#early.set(channel, feed);
  }

  /** The task is to end: who waits for a value fails with the reason; the messages end. */
  cancel(reason: unknown): void {
    if (this.#state !== 'open') return;
    this.#state = 'cancelled';
    this.#reason = reason;
    for (const [channel, inlet] of this.#inlets) this.#cancelInlet(channel, inlet);
  }

  /** The task has ended: nothing comes any more, and nothing more is asked for. */
  close(): void {
    this.#state = 'closed';
    for (const inlet of this.#inlets.values()) inlet.close();
  }

  #openInlet(channel: number): Inlet {
    const inlet = new Inlet((count) => {
      if (this.#state !== 'closed') this.#ask(channel, count);
    });
    this.#inlets.set(channel, inlet);
    if (this.#state === 'closed') inlet.close();
    else if (this.#state === 'cancelled') this.#cancelInlet(channel, inlet);
    return inlet;
  }

  #cancelInlet(channel: number, inlet: Inlet): void {
    if (channel === MESSAGES) inlet.close();
    else inlet.fail(this.#reason);
  }
}
