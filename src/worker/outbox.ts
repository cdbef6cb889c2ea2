// What a worker has to say to its pool. Outcomes and reports of one turn of the loop are sent together: a message costs
// more than most tasks.
import { NotSerializableError } from '../errors.ts';
import { arrayPush, arrayUnshift } from '../task/arrays.ts';
import type { Transferable } from '../task/context.ts';
import { inShort, isA } from '../task/foreign.ts';
import { performance, setImmediate } from '../task/platform.ts';
import { checkedSize, muchBytes } from '../wire/byte-size.ts';
import type { Claims, RunKey } from '../wire/claims.ts';
import {
  endKind,
  endStride,
  FULFILLED,
  markPacked,
  PACKED,
  PLAIN,
  REJECTED,
  reportStride,
  type EndCode,
  type Form,
  type RestState,
  type Said,
  type Speech,
  type ToPool,
  type Turn,
  type Want,
} from '../wire/messages.ts';
import { plainCopy } from '../wire/plain-copy.ts';
import { isPlain } from '../wire/values.ts';
import { pack, packThrown, type Encoded } from '../wire/pack.ts';
import { sendThrown } from '../wire/send-thrown.ts';
import { sendOneByOne, unreadable } from './one-by-one.ts';
import type { OwnOutput } from './own-output.ts';

/** The worker's end of a transport. */
export interface PoolPort {
  /** Sends messages as one. Throws where a payload cannot be encoded; then nothing was sent. */
  send(batch: ToPool[], transfer?: readonly Transferable[]): void;
  /** A SharedArrayBuffer can cross. */
  readonly sharesMemory: boolean;
  /** The most bytes of one value. */
  readonly mostBytes: number;
  /** Which tasks have started, or were taken back. */
  readonly claims: Claims;
  /** The pool can read the claims even if this worker is gone. */
  readonly claimsOutliveIt: boolean;
  /** Where it cannot: notes that the first tasks of a run begin, and when, so that the pool can know even if this worker dies at once. False where that cannot be noted; then the pool must be told. */
  note(run: RunKey, count: number, now: number): boolean;
  /** What was sent has not left this process: if it were killed now, the pool would never hear of it. */
  readonly isBehind: boolean;
  /** Calls back when all that was sent has left. */
  whenSent(then: () => void): void;
  /** What tasks print, where this worker has streams of its own. */
  readonly output: OwnOutput | undefined;
  /** Learns how long the worker may take to end, in milliseconds. */
  setGrace?(graceMs: number): void;
  /** Everything that was sent goes out, and what tasks have printed; then the worker ends. `exitCode`: default 0. */
  end(exitCode?: number): void;
}

/** A message of about so many bytes goes out at once. */
const goodBytes = 1 << 20;

/** When a task began and ended, on the machine's clock. `wasTold`: it had been told to end by then. */
export interface Times {
  readonly begunAt: number;
  readonly endedAt: number;
  readonly wasTold: boolean;
}

/** Reports of a task that holds the loop wait no longer than this for others. */
const reportAfterMs = 10;

export class Outbox {
  readonly #port: PoolPort;
  #batch: ToPool[] = [];
  #turn: (Turn & { payload: unknown[] }) | undefined;
  #said: (Said & { payload: unknown[] }) | undefined;
  #bytes = 0;
  #reportedAt = 0;
  #saidAt = 0;
  #isFlushPlanned = false;
  readonly #flushPlanned = (): void => {
    this.#isFlushPlanned = false;
    this.endTurn();
  };

  constructor(port: PoolPort) {
    this.#port = port;
  }

  /** A message that goes out now, behind all that waits. */
  send(message: ToPool): void {
    this.#batch[this.#batch.length] = message;
    this.flush();
  }

  /** A message with one thrown thing, that goes out now. */
  sendThrown(message: 'startFailed' | 'dying' | 'stopped', thrown: unknown): void {
    sendThrown(thrown, this.#port.mostBytes, (packed) => this.send({ type: message, payload: [packed] }));
  }

  /** An outcome, to go out with the others of this turn. `times`: when its task began and ended, where that matters. */
  ended(
    run: number,
    place: number,
    code: EndCode,
    value: unknown,
    transfers?: readonly Transferable[],
    times?: Times,
  ): void {
    if (transfers === undefined && (typeof value !== 'object' || value === null) && isPlain(value)) {
      this.#push(run, place, code, PLAIN, value, times);
      if (typeof value === 'string' && (this.#bytes += value.length) > goodBytes) this.flush();
      return;
    }
    const plain = transfers === undefined && code === FULFILLED ? plainCopy(value as object) : undefined;
    if (plain !== undefined && plain.bytes <= muchBytes) {
      this.#push(run, place, code, PLAIN, plain.body, times);
      if ((this.#bytes += plain.bytes) > goodBytes) this.flush();
      return;
    }
    let encoded: Encoded;
    let bytes: number;
    try {
      bytes = checkedSize(value, code === FULFILLED ? 'result' : 'error', this.#port.mostBytes);
      encoded =
        code === FULFILLED
          ? pack(value, 'result', { whole: true, moved: transfers, sharesMemory: this.#port.sharesMemory })
          : pack(value, 'error', { whole: false, sharesMemory: false });
    } catch (error) {
      // A thrown thing always arrives, with what it says at the least.
      const refused = isA(error, NotSerializableError) ? error : unreadable('result', error);
      this.#push(run, place, REJECTED, PACKED, packThrown(code === FULFILLED ? refused : inShort(value)), times);
      return;
    }
    if (!encoded.apart) {
      this.#push(run, place, code, encoded.isPacked ? PACKED : PLAIN, encoded.body, times);
      // The copy does not reach into buffers, and a task may use the same one again for its next result.
      if (encoded.hasBytes || (this.#bytes += bytes) > goodBytes) this.flush();
      return;
    }
    this.flush();
    this.#push(run, place, code, encoded.isPacked ? PACKED : PLAIN, encoded.body, times);
    if (this.#turn !== undefined) this.#turn.apart = true;
    this.flush(transfers);
  }

  /** What a task yields or reports while it runs. Throws {@link NotSerializableError} where it cannot cross. `waits`: the task may say no more for now. */
  said(
    run: number,
    place: number,
    how: Speech,
    value: unknown,
    transfers?: readonly Transferable[],
    waits = false,
  ): void {
    const { sharesMemory } = this.#port;
    const name = how === 'yield' ? 'yielded' : 'report';
    const bytes = checkedSize(value, name, this.#port.mostBytes);
    const isSimple = transfers === undefined && (typeof value !== 'object' || value === null) && isPlain(value);
    const encoded = isSimple ? undefined : pack(value, name, { whole: true, moved: transfers, sharesMemory });
    const isApart = encoded?.apart === true;
    if (isApart) this.flush();
    const said = this.#openSaid(run, place, how);
    if (encoded?.isPacked === true) markPacked(said);
    said.payload[said.payload.length] = encoded === undefined ? value : encoded.body;
    if (waits) said.waits = true;
    if (isApart) said.apart = true;
    if (isApart || encoded?.hasBytes === true) this.flush(transfers);
    else if ((this.#bytes += bytes) > goodBytes) this.flush();
    else if (how === 'report') this.#flushIfLate();
    this.#planFlush();
  }

  /** Nothing else may follow for long, nor ever, where the worker dies. */
  #planFlush(): void {
    if (this.#isFlushPlanned || this.#batch.length === 0) return;
    this.#isFlushPlanned = true;
    setImmediate(this.#flushPlanned);
  }

  /** What a task asks of its caller, to go out at the end of this turn, before what the task comes to. */
  want(message: Want): void {
    this.#turn = undefined;
    this.#batch[this.#batch.length] = message;
    this.#planFlush();
  }

  /** A task that holds the loop is heard all the same. */
  #flushIfLate(): void {
    const now = performance.now();
    if (now - this.#saidAt < reportAfterMs) return;
    this.#saidAt = now;
    this.flush();
  }

  /** What it comes to must not overtake what it says, so outcomes that follow have a message of their own. */
  #openSaid(run: number, place: number, how: Speech): Said & { payload: unknown[] } {
    const last = this.#said;
    if (
      last !== undefined &&
      last === this.#batch[this.#batch.length - 1] &&
      last.run === run &&
      last.place === place &&
      last.how === how
    )
      return last;
    this.#turn = undefined;
    const said = { type: 'said' as const, run, place, how, payload: [] };
    this.#batch[this.#batch.length] = said;
    return (this.#said = said);
  }

  /** So many tasks of a run were started, which held the loop for so long; `lagMs` is what the loop let them wait before. To go out with the outcomes of this turn. */
  report(run: number, started: number, rest: RestState, heldMs: number, lagMs: number): void {
    this.#reportedAt = performance.now();
    arrayPush(this.#openTurn().reports, run, started, rest, heldMs, lagMs);
  }

  flush(transfers?: readonly Transferable[]): void {
    const batch = this.#batch;
    if (batch.length === 0) return;
    this.#batch = [];
    this.#turn = undefined;
    this.#said = undefined;
    this.#bytes = 0;
    if (this.#port.output?.isNewlyBehind === true) arrayUnshift(batch, this.#port.output.behind());
    try {
      this.#port.send(batch, transfers);
    } catch {
      sendOneByOne(this.#port, batch);
    }
  }

  /** Sends what a turn of the loop has brought, when it is over. */
  endTurn(): void {
    const reports = this.#turn?.reports ?? [];
    if (reports.length > 0) {
      // What came between the start of the tasks and now, their first continuations, held the loop as well.
      const sinceMs = performance.now() - this.#reportedAt;
      for (let at = reportStride - 1; at < reports.length; at += reportStride)
        reports[at] = Math.max(reports[at] ?? 0, sinceMs);
    }
    this.flush();
  }

  #openTurn(): Turn & { payload: unknown[] } {
    if (this.#turn === undefined)
      this.#batch[this.#batch.length] = this.#turn = { type: 'turn', ends: [], reports: [], payload: [] };
    return this.#turn;
  }

  #push(run: number, place: number, code: EndCode, form: Form, value: unknown, times?: Times): void {
    const turn = this.#openTurn();
    const { ends, payload } = turn;
    payload[payload.length] = value;
    if (times !== undefined) {
      // Not an inherited one, that a program has put on `Object.prototype`.
      if (!Object.hasOwn(turn, 'times')) turn.times = [];
      arrayPush(turn.times ?? [], payload.length - 1, times.begunAt, times.endedAt, Number(times.wasTold));
    }
    const kind = endKind(code, form);
    const last = ends.length - endStride;
    if (last >= 0 && ends[last] === run && ends[last + 3] === kind) {
      const count = ends[last + 2] ?? 0;
      if ((ends[last + 1] ?? 0) + count === place) {
        ends[last + 2] = count + 1;
        return;
      }
    }
    arrayPush(ends, run, place, 1, kind);
  }
}
