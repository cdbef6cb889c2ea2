// What a worker has to say to its pool. Outcomes of one turn of the loop are sent together: a message costs more than
// most tasks.
import { NotSerializableError } from '../errors.ts';
import type { Transferable } from '../task/context.ts';
import { messageOf } from '../task/outcome.ts';
import { FULFILLED, PACKED, PLAIN, REJECTED, type EndCode, type Ended, type ToPool } from '../wire/messages.ts';
import { isPlain } from '../wire/values.ts';
import { pack, packThrown, type Encoded } from '../wire/pack.ts';

/** The worker's end of a transport. */
export interface PoolPort {
  /** Sends messages as one. Throws where a payload cannot be encoded; then nothing was sent. */
  send(batch: ToPool[], transfer?: readonly Transferable[]): void;
  /** A SharedArrayBuffer can cross. */
  readonly sharesMemory: boolean;
  /** What was sent has not left this process: if it were killed now, the pool would never hear of it. */
  readonly isBehind: boolean;
  /** Calls back when all that was sent has left. */
  whenSent(then: () => void): void;
  /** Everything that was sent goes out; then the worker ends. */
  end(): void;
}

export class Outbox {
  readonly #port: PoolPort;
  #batch: ToPool[] = [];
  #ended: (Ended & { payload: unknown[] }) | undefined;
  #isFlushPlanned = false;
  readonly #flush = (): void => this.flush();

  constructor(port: PoolPort) {
    this.#port = port;
  }

  /** A message that goes out now, behind all that waits. */
  send(message: ToPool): void {
    this.#batch.push(message);
    this.flush();
  }

  /** A message with one thrown thing, that goes out now. */
  sendThrown(message: 'startFailed' | 'dying' | 'stopped', thrown: unknown): void {
    this.send({ type: message, payload: [packThrown(thrown)] });
  }

  /** An outcome, to go out with the others of this turn. */
  ended(slot: number, code: EndCode, value: unknown, transfers?: readonly Transferable[]): void {
    if (transfers === undefined && (typeof value !== 'object' || value === null) && isPlain(value)) {
      this.#push(slot, code, PLAIN, value);
      return;
    }
    let encoded: Encoded;
    try {
      encoded =
        code === FULFILLED
          ? pack(value, 'result', { whole: true, moved: transfers, sharesMemory: this.#port.sharesMemory })
          : pack(value, 'error', { whole: false, sharesMemory: false });
    } catch (error) {
      const reason = error instanceof NotSerializableError ? error : unreadable('result', error);
      this.#push(slot, REJECTED, PACKED, packThrown(reason));
      return;
    }
    if (!encoded.apart) {
      this.#push(slot, code, encoded.isPacked ? PACKED : PLAIN, encoded.body);
      // The copy does not reach into buffers, and a task may use the same one again for its next result.
      if (encoded.hasBytes) this.flush();
      return;
    }
    this.flush();
    this.#push(slot, code, encoded.isPacked ? PACKED : PLAIN, encoded.body);
    if (this.#ended !== undefined) this.#ended.apart = true;
    this.flush(transfers);
  }

  /** Sends at the end of this turn of the loop, with what else is ready by then. */
  planFlush(): void {
    if (this.#isFlushPlanned) return;
    this.#isFlushPlanned = true;
    setImmediate(this.#flush);
  }

  flush(transfers?: readonly Transferable[]): void {
    this.#isFlushPlanned = false;
    const batch = this.#batch;
    if (batch.length === 0) return;
    this.#batch = [];
    this.#ended = undefined;
    try {
      this.#port.send(batch, transfers);
    } catch {
      this.#sendOneByOne(batch);
    }
  }

  #push(slot: number, code: EndCode, form: 0 | 1, value: unknown): void {
    if (this.#ended === undefined) this.#batch.push((this.#ended = { type: 'ended', ends: [], payload: [] }));
    this.#ended.ends.push(slot, code, form);
    this.#ended.payload.push(value);
  }

  /** Something in the batch cannot be encoded. Only its own task suffers for it. */
  #sendOneByOne(batch: ToPool[]): void {
    for (const message of batch) {
      if (message.type !== 'ended' || message.payload === undefined) {
        this.#port.send([message]);
        continue;
      }
      for (let at = 0; at < message.payload.length; at++) {
        const ends = message.ends.slice(3 * at, 3 * at + 3);
        try {
          this.#port.send([{ type: 'ended', ends, payload: [message.payload[at]] }]);
        } catch (refused) {
          const reason = packThrown(unreadable('result', refused));
          this.#port.send([{ type: 'ended', ends: [ends[0] ?? -1, REJECTED, PACKED], payload: [reason] }]);
        }
      }
    }
  }
}

function unreadable(path: string, cause: unknown): NotSerializableError {
  return new NotSerializableError(path, messageOf(cause), { cause: messageOf(cause) });
}
