// The caller's end of a channel: reads a source as its task asks for values, and closes it when the task reads no more.
import type { Readable } from 'node:stream';

import { NotSerializableError } from '../errors.ts';
import type { InContext } from '../runner/call-context.ts';
import { forgetSignal, listen, type Abortable } from '../runner/signals.ts';
import { Source, type AnySource } from '../runner/source.ts';
import { closedStream, closeUnread, guard, ignore } from '../runner/unsent.ts';
import { messageOf } from '../task/outcome.ts';
import { nextTick, promiseThen } from '../task/platform.ts';
import type { Feeder, FeedPort } from '../task/submission.ts';
import { checkedSize } from '../wire/byte-size.ts';
import { isNodeStream, type ChannelSource } from '../wire/channels.ts';
import { mostWanted, PACKED, type Form } from '../wire/messages.ts';
import { pack, packThrown } from '../wire/pack.ts';
import { sendThrown } from '../wire/send-thrown.ts';

/** Values are gathered for one message until they are about so large. */
const messageBytes = 1 << 16;

export interface Outlet extends Feeder {
  /** The task is about to be sent to a worker. */
  bind?(port: FeedPort): void;
  /** The task has ended. Where something is closed for it, resolves when that is done; never rejects. */
  close(): Promise<unknown> | undefined;
}

export function makeOutlet(channel: ChannelSource, inContext: InContext): Outlet {
  return channel.shape.kind === 'signal'
    ? new SignalOutlet(channel.source as AbortSignal)
    : new SourceOutlet(channel.source as AnySource, channel.path, inContext);
}

/** A signal is not read: its task is told when it is aborted. */
class SignalOutlet implements Outlet, Abortable {
  readonly isSpent = false;
  readonly #signal: AbortSignal;
  #port: FeedPort | undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  bind(port: FeedPort): void {
    if (this.#port === undefined && !this.#signal.aborted) listen(this.#signal, this);
    this.#port = port;
  }

  aborted(reason: unknown): void {
    const port = this.#port;
    if (port !== undefined)
      sendThrown(
        reason,
        port.crossing.mostBytes,
        (packed) => port.send([packed], [PACKED], 'done'),
        'an abort reason,',
      );
  }

  want(): void {
    // Nothing is asked of it.
  }

  close(): undefined {
    forgetSignal(this.#signal, this);
  }
}

/** A stream, or whatever else `for await` reads. */
class SourceOutlet implements Outlet {
  readonly #given: object;
  readonly #path: string;
  /** The source is the caller's, and runs in the context of the call. */
  readonly #inContext: InContext;
  readonly #source: Source;
  #state: 'unread' | 'open' | 'closed' = 'unread';
  #closing: Promise<unknown> | undefined;
  #port: FeedPort | undefined;
  /** How many more values the task takes. */
  #wanted = 0;
  /** How many were read. */
  #read = 0;
  #payload: unknown[] = [];
  #forms: Form[] | undefined;
  #bytes = 0;
  #isFlushPlanned = false;
  readonly #flushPlanned = (): void => {
    this.#isFlushPlanned = false;
    this.#flush();
  };

  constructor(source: AnySource, path: string, inContext: InContext) {
    this.#inContext = inContext;
    this.#given = source as object;
    this.#path = path;
    this.#source = new Source(source, {
      onItem: (value) => this.#gather(value),
      onEnd: () => this.#flush('done'),
      onFailure: (reason) => this.#fail(reason),
      room: () => (this.#state === 'open' ? this.#wanted : 0),
    });
    // A stream may fail before the task reads it, which would be an uncaught exception. The task gets it when it reads.
    if (isNodeStream(source as object)) guard(source as unknown as Readable);
  }

  get isSpent(): boolean {
    return this.#state !== 'unread';
  }

  want(count: number, port: FeedPort): void {
    if (this.#state === 'closed') return;
    this.#port = port;
    if (count === 0) {
      void this.close();
      return;
    }
    this.#state = 'open';
    this.#wanted = Math.min(mostWanted, this.#wanted + count);
    this.#inContext(() => this.#source.pull());
  }

  close(): Promise<unknown> | undefined {
    const before = this.#state;
    this.#state = 'closed';
    if (before === 'open') this.#closeOpen();
    else if (before === 'unread') this.#closing = this.#inContext(() => closeUnread(this.#given));
    return this.#closing;
  }

  /** What it throws while it closes is nobody's any more. */
  #closeOpen(): void {
    const given = this.#given;
    this.#closing = promiseThen(
      promiseThen(
        this.#inContext(() => this.#source.close()),
        undefined,
        ignore,
      ),
      () => (isNodeStream(given) ? closedStream(given) : undefined),
    );
  }

  #gather(value: unknown): void {
    if (this.#state !== 'open') return;
    this.#wanted--;
    const at = this.#read++;
    let hasBytes = false;
    try {
      const name = `${this.#path}: item ${at}`;
      // It was asked for by a port.
      const { sharesMemory, mostBytes } = (this.#port as FeedPort).crossing;
      this.#bytes += checkedSize(value, name, mostBytes);
      const encoded = pack(value, name, { whole: true, sharesMemory });
      if (encoded.isPacked) (this.#forms ??= [])[this.#payload.length] = PACKED;
      this.#payload[this.#payload.length] = encoded.body;
      hasBytes = encoded.hasBytes;
    } catch (error) {
      this.#closeOpen();
      this.#fail(error);
      return;
    }
    // The copy does not reach into buffers, and the source may use the same one again.
    if (hasBytes || this.#bytes > messageBytes || this.#wanted === 0) this.#flush();
    else if (!this.#isFlushPlanned) {
      this.#isFlushPlanned = true;
      nextTick(this.#flushPlanned);
    }
  }

  #fail(reason: unknown): void {
    if (!this.#isOpen) return;
    this.#flush();
    // A value before it may have been refused.
    if (!this.#isOpen) return;
    this.#state = 'closed';
    const port = this.#port;
    if (port !== undefined)
      sendThrown(reason, port.crossing.mostBytes, (packed) => port.send([packed], [PACKED], 'failed'));
  }

  get #isOpen(): boolean {
    return this.#state === 'open';
  }

  #flush(end?: 'done'): void {
    const payload = this.#payload;
    const forms = this.#forms;
    if (this.#state !== 'open' || (payload.length === 0 && end === undefined)) return;
    this.#payload = [];
    this.#forms = undefined;
    this.#bytes = 0;
    if (end === 'done') this.#state = 'closed';
    try {
      this.#port?.send(payload, forms, end);
    } catch (refused) {
      // One of them cannot be encoded after all. The reader gets none of them, and this instead.
      this.#state = 'closed';
      this.#closeOpen();
      const from = this.#read - payload.length;
      const reason = new NotSerializableError(`${this.#path}: item ${from}`, messageOf(refused), { cause: refused });
      this.#port?.send([packThrown(reason)], [PACKED], 'failed');
    }
  }
}
