// Messages to the task of a stream: kept in order until the task asks for them.
import { NotSerializableError } from '../errors.ts';
import { arrayPush, arraySplice } from '../task/arrays.ts';
import { messageOf } from '../task/outcome.ts';
import { NativePromise, nextTick, resolved, structuredClone } from '../task/platform.ts';
import type { Crossing, Feeder, FeedPort } from '../task/submission.ts';
import { checkedSize } from '../wire/byte-size.ts';
import { mostWanted, PACKED, type Form } from '../wire/messages.ts';
import { pack, packThrown } from '../wire/pack.ts';
import { Fifo } from './fifo.ts';

/** So many messages that wait, or so many bytes of them, are many: who sends on should wait. */
const manyMessages = 1_000;
const manyBytes = 1 << 20;
/** Messages for one turn of the task's are sent as one until they are about so large. */
const messageBytes = 1 << 16;

interface Message {
  readonly isPacked: boolean;
  readonly body: unknown;
  readonly bytes: number;
}

export class Inbox implements Feeder {
  isSpent = false;
  readonly #waiting = new Fifo<Message>();
  #bytes = 0;
  /** How many more the task takes. */
  #wanted = 0;
  #port: FeedPort | undefined;
  #senders: ((isTaken: boolean) => void)[] = [];
  #isOver = false;
  #isFlushPlanned = false;

  get isFull(): boolean {
    return this.#waiting.size >= manyMessages || this.#bytes >= manyBytes;
  }

  /** Keeps a copy of the value for the task. Resolves when there is room for more, with false where the task has ended before. Throws where the value cannot cross. */
  send(value: unknown, { sharesMemory, mostBytes }: Crossing): Promise<boolean> {
    const bytes = checkedSize(value, 'message', mostBytes);
    const { isPacked, body, hasBytes } = pack(value, 'message', { whole: true, sharesMemory });
    if (this.#isOver) return resolved(false);
    // The copy does not reach into buffers, which may change before the task asks.
    this.#waiting.push({ isPacked, body: hasBytes ? structuredClone(body) : body, bytes });
    this.#bytes += bytes;
    this.#planFlush();
    return this.isFull ? new NativePromise((resolve) => arrayPush(this.#senders, resolve)) : resolved(true);
  }

  want(count: number, port: FeedPort): void {
    // Another attempt at the task is another reader.
    const before = port.attempt === this.#port?.attempt ? this.#wanted : 0;
    this.#wanted = Math.min(mostWanted, before + count);
    this.#port = port;
    this.#flush();
  }

  /** The task has ended, and takes no more. */
  end(): void {
    this.#isOver = true;
    this.#waiting.drain();
    this.#bytes = 0;
    for (const resolve of arraySplice(this.#senders, 0)) resolve(false);
  }

  /** What is sent in one turn travels together. */
  #planFlush(): void {
    if (this.#isFlushPlanned || this.#wanted === 0) return;
    this.#isFlushPlanned = true;
    nextTick(() => {
      this.#isFlushPlanned = false;
      this.#flush();
    });
  }

  #flush(): void {
    while (this.#wanted > 0 && this.#waiting.size > 0) this.#sendSome();
    if (!this.isFull) for (const resolve of arraySplice(this.#senders, 0)) resolve(true);
  }

  #sendSome(): void {
    const payload: unknown[] = [];
    let forms: Form[] | undefined;
    let left = messageBytes;
    while (this.#wanted > 0 && left > 0) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#wanted--;
      this.#bytes -= next.bytes;
      left -= next.bytes;
      if (next.isPacked) (forms ??= [])[payload.length] = PACKED;
      payload[payload.length] = next.body;
    }
    this.isSpent = true;
    try {
      this.#port?.send(payload, forms);
    } catch (refused) {
      // One of them cannot be encoded after all. The task gets none of them, and this instead.
      const reason = new NotSerializableError('message', messageOf(refused), { cause: refused });
      this.end();
      this.#port?.send([packThrown(reason)], [PACKED], 'failed');
    }
  }
}
