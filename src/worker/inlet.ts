// One channel of a running task, as the task reads it: it asks the caller for values and keeps those that are not read yet.
// What is asked for is never more than a window ahead of the reader. The window starts at one value and doubles each time
// the reader had to wait although the caller had sent all that was asked for.
import { NotSerializableError } from '../errors.ts';
import { arrayPush, arrayShift, arraySplice } from '../task/arrays.ts';
import { messageOf } from '../task/outcome.ts';
import { NativePromise, promiseThen, resolved } from '../task/platform.ts';
import { mostWanted, PACKED, PLAIN, type Feed, type Form } from '../wire/messages.ts';
import { roughSize } from '../wire/rough-size.ts';
import { whenUnpacked } from '../wire/unpack.ts';
import { classModules } from './functions.ts';

/** Values that are large are not gathered. */
const windowBytes = 1 << 20;

interface Received {
  readonly form: Form;
  readonly body: unknown;
}

type Result = IteratorResult<unknown, undefined>;
type End = { readonly isFailure: false } | { readonly isFailure: true; readonly reason: () => Promise<never> };

const done: Result = Object.freeze({ done: true, value: undefined });

export class Inlet {
  /** Asks for so many more values; 0 says that the reader has left. */
  readonly #ask: (count: number) => void;
  #window = 1;
  /** Values that were asked for and have not come. */
  #expected = 0;
  /** All that was asked for has come, and the reader has waited, since more was asked for. */
  #isDry = false;
  #isStarved = false;
  #unread: Received[] = [];
  readonly #readers: ((result: Result | Promise<Result>) => void)[] = [];
  #end: End | undefined;
  #isCancelled = false;

  constructor(ask: (count: number) => void) {
    this.#ask = ask;
  }

  /** The next value. After the last one, the reason for which the source failed, once; then `done`. */
  next(): Promise<Result> {
    const received = arrayShift(this.#unread);
    if (received !== undefined) {
      this.#askAhead(received.body);
      return resolved(decode(received));
    }
    if (this.#end !== undefined) return this.#takeEnd();
    this.#isStarved = true;
    const read = new NativePromise<Result>((resolve) => arrayPush(this.#readers, resolve));
    if (this.#expected === 0) this.#askFor(this.#window);
    return read;
  }

  /** The reader takes no more: the caller closes the source. */
  leave(): void {
    if (this.#end !== undefined) return;
    this.#ask(0);
    this.close();
  }

  /** Nothing comes any more, for the task has ended. */
  close(): void {
    this.#unread = [];
    this.#finish({ isFailure: false });
  }

  /** Its task was told to end while it was read. */
  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  /** Pending and later reads reject with the reason, for the task is to end. */
  fail(reason: unknown): void {
    if (this.#end !== undefined) return;
    this.#isCancelled = true;
    this.#unread = [];
    this.#finish(failure(() => reason));
  }

  hear({ forms, payload = [], payloadError, end }: Feed): void {
    if (this.#end !== undefined) return;
    if (payloadError !== undefined) {
      const why = `decoding failed (${messageOf(payloadError)})`;
      this.#ask(0);
      this.#finish(failure(() => new NotSerializableError('value', why, { cause: payloadError })));
      return;
    }
    const count = end === 'failed' ? payload.length - 1 : payload.length;
    this.#expected -= count;
    if (this.#expected === 0) this.#isDry = true;
    for (let at = 0; at < count; at++) {
      const received = { form: forms?.[at] ?? PLAIN, body: payload[at] };
      const reader = arrayShift(this.#readers);
      if (reader === undefined) this.#unread[this.#unread.length] = received;
      else reader(decode(received));
    }
    if (end === undefined) this.#askAhead(payload[count - 1]);
    else if (end === 'done') this.#finish({ isFailure: false });
    else {
      const packed = payload[count];
      this.#finish({
        isFailure: true,
        reason: async () => {
          const reason = await unpacked(packed);
          throw reason;
        },
      });
    }
  }

  /** When half of the window is free, so many more may come. */
  #askAhead(body: unknown): void {
    const free = this.#window - this.#expected - this.#unread.length;
    if (this.#end !== undefined || 2 * free < this.#window) return;
    if (this.#isDry && this.#isStarved) this.#window = Math.min(mostWanted, 2 * this.#window);
    this.#isDry = false;
    this.#isStarved = false;
    this.#window = Math.max(1, Math.min(this.#window, Math.floor(windowBytes / Math.max(1, roughSize(body)))));
    this.#askFor(this.#window - this.#expected - this.#unread.length);
  }

  #askFor(count: number): void {
    if (count <= 0) return;
    this.#expected += count;
    this.#ask(count);
  }

  #finish(end: End): void {
    this.#end ??= end;
    for (const reader of arraySplice(this.#readers, 0)) reader(this.#takeEnd());
  }

  #takeEnd(): Promise<Result> {
    const end = this.#end;
    this.#end = { isFailure: false };
    return end?.isFailure === true ? end.reason() : resolved(done);
  }
}

function failure(reasonOf: () => unknown): End {
  return {
    isFailure: true,
    reason: async () => {
      throw reasonOf();
    },
  };
}

/** Decoded as it is read, so that each failure reaches the reader of that value. */
function decode({ form, body }: Received): Result | Promise<Result> {
  if (form !== PACKED) return { done: false, value: body };
  return promiseThen(unpacked(body), (value) => ({ done: false as const, value }));
}

function unpacked(body: unknown): Promise<unknown> {
  return new NativePromise((resolve, reject) => whenUnpacked(body, 'value', classModules, resolve, reject));
}
