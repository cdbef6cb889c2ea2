// Turns tasks into messages for one worker: as few as can be, and so that one task which cannot cross harms no other.
import { NotSerializableError } from '../errors.ts';
import { contextOf } from '../runner/call-context.ts';
import { arrayFilter, arrayMap, arrayPush } from '../task/arrays.ts';
import { isA, messageOf } from '../task/foreign.ts';
import { performance, structuredClone } from '../task/platform.ts';
import type { Submission, TaskOptions } from '../task/submission.ts';
import type { Link } from '../transport/transport.ts';
import { checkSize, muchBytes } from '../wire/byte-size.ts';
import { longestRun } from '../wire/claims.ts';
import { machineNow } from '../wire/machine-clock.ts';
import { markPacked, PACKED, type Form, type Run } from '../wire/messages.ts';
import { pack, type Encoded } from '../wire/pack.ts';
import { roughSize } from '../wire/rough-size.ts';
import { plainSize } from '../wire/values.ts';
import type { Feeding } from './feeding.ts';
import type { HostFunction, SentRun, SentRuns } from './sent-run.ts';

export type Refused = [task: Submission, reason: NotSerializableError];

/** A run that is being filled, and its message. */
interface OpenRun {
  readonly run: SentRun;
  /** The submission that came first. */
  readonly first: Submission;
  readonly message: Run & { payload: unknown[] };
}

export class TaskSender {
  readonly #link: Link;
  readonly #runs: SentRuns;
  readonly #feeding: Feeding;
  #open: OpenRun[] = [];
  /** About how many bytes stand in what is open. */
  #openBytes = 0;
  readonly #muchBytes: number;
  #refused: Refused[] = [];
  /** The objects in what is open: no two tasks may have one in common. */
  readonly #seen = new Set<object>();

  constructor(link: Link, runs: SentRuns, feeding: Feeding, most = muchBytes) {
    this.#muchBytes = most;
    this.#feeding = feeding;
    this.#link = link;
    this.#runs = runs;
  }

  /** Adds tasks to what {@link send} will send: those of one function as one message. */
  add(submission: Submission, of: HostFunction): void {
    let rest: Submission | undefined = submission;
    while (rest !== undefined) rest = this.#addUntil(rest, of);
  }

  /** Sends what was added. Returns the tasks that cannot be encoded. */
  send(): Refused[] {
    this.#sendOpen();
    const refused = this.#refused;
    if (refused.length > 0) this.#refused = [];
    return refused;
  }

  /** Adds its tasks up to the first that cannot go with others, which is dealt with alone. Returns what is left then. */
  #addUntil(submission: Submission, of: HostFunction): Submission | undefined {
    const open = this.#openFor(submission, of);
    const { payload } = open.message;
    const { arity, options } = submission;
    const { transfer } = options;
    const isBare = transfer === undefined && options.carried === undefined;
    const { count } = submission;
    for (let at = 0; at < count; at++) {
      let args = submission.argumentsOf(at);
      if (isBare && typeof args === 'number' && payload.length < longestRun) {
        // The most common argument of tiny tasks needs none of the looks below.
        payload[payload.length] = args;
        continue;
      }
      if (payload.length === longestRun) {
        const rest = at > 0 ? submission.splitOff(at) : submission;
        if (at > 0) enter(open, submission);
        this.#sendOpen();
        return rest;
      }
      const plainBytes = transfer === undefined ? plainSize(args, this.#seen, arity !== 1) : undefined;
      let bytes = plainBytes ?? roughSize(args);
      try {
        checkSize(args, bytes, nameOfArguments(submission), this.#link.mostBytes);
      } catch (error) {
        return this.#refuse(open, submission, at, refusal(error));
      }
      // What comes along is copied for each task.
      if (options.carried !== undefined) bytes += roughSize(options.carried[1]);
      if (this.#openBytes > 0 && this.#openBytes + bytes > this.#muchBytes) {
        const rest = at > 0 ? submission.splitOff(at) : submission;
        if (at > 0) enter(open, submission);
        this.#sendOpen();
        return rest;
      }
      this.#openBytes += bytes;
      if (plainBytes === undefined) {
        let encoded: Encoded | NotSerializableError;
        try {
          encoded = this.#pack(submission, args);
        } catch (error) {
          encoded = refusal(error);
        }
        if (encoded instanceof NotSerializableError) return this.#refuse(open, submission, at, encoded);
        if (encoded.apart) {
          const [alone, rest] = cutOut(open, submission, at);
          this.#sendOpen();
          this.#sendAlone(alone, of, encoded);
          return rest;
        }
        args = encoded.body;
        if (encoded.isPacked) markPacked(open.message);
      }
      arrayPush(payload, options.carried === undefined ? args : [ownCopy(options.carried), args]);
    }
    enter(open, submission);
    return undefined;
  }

  /** Refuses one task, and keeps those before it. Returns those behind it. */
  #refuse(open: OpenRun, submission: Submission, at: number, reason: NotSerializableError): Submission | undefined {
    const [alone, rest] = cutOut(open, submission, at);
    this.#refused[this.#refused.length] = [alone, reason];
    return rest;
  }

  #openFor(submission: Submission, of: HostFunction): OpenRun {
    for (const open of this.#open) if (open.run.of === of && areAlike(open.first, submission)) return open;
    const open = this.#newRun(of, submission);
    this.#open[this.#open.length] = open;
    return open;
  }

  #newRun(of: HostFunction, first: Submission): OpenRun {
    const { arity, attempt, mayMove, id, options, yieldsAhead } = first;
    const run = this.#runs.open(of, mayMove);
    run.isKeyed = options.key !== undefined;
    run.speaks = yieldsAhead > 0 || options.onReport !== undefined;
    run.sentAt = machineNow();
    const message: OpenRun['message'] = {
      type: 'run',
      run: run.number,
      generation: run.generation,
      fn: of.number,
      attempt,
      arity,
      stays: !mayMove,
      count: 0,
      ids: id,
      sentAt: run.sentAt,
      payload: [],
    };
    if (options.timeoutMs !== undefined || options.queueTimeoutMs !== undefined) message.timed = run.isTimed = true;
    if (options.queueTimeoutMs !== undefined) message.startBy = run.startBy = [];
    if (yieldsAhead > 0) message.yields = yieldsAhead;
    if (options.onReport !== undefined) message.reports = true;
    if (options.carried !== undefined) message.carries = true;
    return { run, first, message };
  }

  #sendOpen(): void {
    const open = arrayFilter(this.#open, ({ run, message }) => {
      if (message.count > 0) return true;
      this.#runs.forget(run);
      return false;
    });
    this.#open = [];
    this.#openBytes = 0;
    if (this.#seen.size > 0) this.#seen.clear();
    if (open.length === 0) return;
    for (const { run, message } of open) {
      run.taskBytes = roughSize(message.payload[0]);
    }
    try {
      this.#link.send(arrayMap(open, ({ message }) => message));
    } catch {
      // One of them cannot be encoded after all. Each goes alone now, and copied, for a copy by hand can do more (a proxy).
      for (const { run } of open) {
        this.#runs.forget(run);
        for (const submission of run.takeFrom(0)) this.#copyAndSendEachAlone(submission, run.of);
      }
    }
  }

  #copyAndSendEachAlone(submission: Submission, of: HostFunction): void {
    let rest: Submission | undefined = submission;
    while (rest !== undefined) {
      const alone: Submission = rest;
      rest = alone.count > 1 ? alone.splitOff(1) : undefined;
      try {
        const encoded = this.#pack(alone, alone.argumentsOf(0));
        this.#sendAlone(alone, of, encoded);
      } catch (error) {
        arrayPush(this.#refused, [alone, refusal(error)]);
      }
    }
  }

  #sendAlone(submission: Submission, of: HostFunction, { isPacked, body: args, channels }: Encoded): void {
    const open = this.#newRun(of, submission);
    const { run, message } = open;
    message.apart = true;
    if (isPacked) message.forms = [PACKED];
    if (channels.length > 0) message.fed = true;
    const { carried, transfer } = submission.options;
    message.payload[message.payload.length] = carried === undefined ? args : [carried, args];
    enter(open, submission);
    run.taskBytes = roughSize(args);
    try {
      if (channels.length > 0) this.#feeding.bind(submission, channels, run);
      this.#link.send([message], transfer);
    } catch (error) {
      run.takeFrom(0);
      this.#runs.forget(run);
      submission.run = -1;
      arrayPush(this.#refused, [submission, refusal(error)]);
    }
  }

  /** In the context of the call, for it runs code of the caller's: `[toWire]()`, getters. */
  #pack(submission: Submission, args: unknown): Encoded {
    return contextOf(submission)(() =>
      pack(args, nameOfArguments(submission), {
        whole: true,
        moved: submission.options.transfer,
        sharesMemory: this.#link.sharesMemory,
        before: this.#seen,
        takesChannels: true,
      }),
    );
  }
}

/** They can travel in one message: what it says of its tasks is so of both. */
function areAlike(one: Submission, other: Submission): boolean {
  if (one.arity !== other.arity || one.attempt !== other.attempt) return false;
  if (one.mayMove !== other.mayMove || one.yieldsAhead !== other.yieldsAhead) return false;
  if (one.options === other.options) return true;
  const { timeoutMs, queueTimeoutMs, onReport, key, carried } = one.options;
  const others = other.options;
  return (
    (timeoutMs === undefined) === (others.timeoutMs === undefined) &&
    (queueTimeoutMs === undefined) === (others.queueTimeoutMs === undefined) &&
    (onReport === undefined) === (others.onReport === undefined) &&
    (key === undefined) === (others.key === undefined) &&
    (carried === undefined) === (others.carried === undefined)
  );
}

function nameOfArguments({ arity }: Submission): string {
  return arity === 1 ? 'args[0]' : 'args';
}

/** Takes out one task: those before it stay in the run. Returns it, and those behind it. */
function cutOut(open: OpenRun, submission: Submission, at: number): [alone: Submission, rest: Submission | undefined] {
  const rest = at + 1 < submission.count ? submission.splitOff(at + 1) : undefined;
  const alone = at > 0 ? submission.splitOff(at) : submission;
  if (at > 0) enter(open, submission);
  return [alone, rest];
}

/** The tasks of a submission, whose arguments are in the message, get their places. */
function enter({ run, message }: OpenRun, submission: Submission): void {
  const { id, count } = submission;
  if (message.count === 0) message.ids = id;
  else if (typeof message.ids === 'number' && id !== message.ids + message.count) {
    const first = message.ids;
    message.ids = Array.from({ length: message.count }, (_, at) => first + at);
  }
  if (typeof message.ids !== 'number') for (let at = 0; at < count; at++) message.ids[message.ids.length] = id + at;
  message.count += count;
  if (run.startBy !== undefined) arrayPush(run.startBy, startByOf(submission));
  run.enter(submission);
}

/** Until when a task with a time to wait may be started, on the machine's clock. Such tasks are submissions of one. */
function startByOf({ due, options: { queueTimeoutMs = 0 } }: Submission): number {
  return machineNow() - performance.now() + (due?.queuedAtMs ?? 0) + queueTimeoutMs;
}

/** What was captured once, for a whole map, is each task's own. */
function ownCopy([form, body]: NonNullable<TaskOptions['carried']>): readonly [Form, unknown] {
  return [form, typeof body === 'object' ? structuredClone(body) : body];
}

function refusal(error: unknown): NotSerializableError {
  return isA(error, NotSerializableError)
    ? error
    : new NotSerializableError('args', messageOf(error), { cause: error });
}
