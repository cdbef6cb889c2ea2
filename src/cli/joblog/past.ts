// What had ended before this run, as its job log tells: which inputs are to run, and how much of the output is theirs.
import { shortened } from '../../report/shortened.ts';
import type { Input } from '../input/inputs.ts';
import type { Stretch } from '../output/files.ts';
import { UsageError } from '../usage-error.ts';
import type { Frame } from '../waiting/frames.ts';
import { Account } from './account.ts';
import { isEnd, isHeader, type Entry, type HeaderEntry } from './entries.ts';
import { scanLog } from './scan.ts';

/** What runs again: what has not ended; that and what failed; or what failed and nothing else. */
export type Again = 'resume' | 'resume-failed' | 'retry-failed';
/** How an input is found again: by its place, where it must be the same; or by what it is, wherever it is now. */
export type Match = 'seq' | 'key';

/** `skip`: it has ended. `wait`: so it has, and what it came to waits for its turn. `leave`: it has not, and is not asked for. */
export interface Decision {
  readonly what: 'run' | 'skip' | 'wait' | 'leave';
  readonly seq: number;
}

/** `dropped`: it failed, and its record has left the output, for it was to run again. `waiting`: it has ended, and was not handed over. */
type State = 'ok' | 'failed' | 'dropped' | 'waiting';

interface Ended {
  state: State;
  readonly hash: string;
}

export class Past {
  /** With which the run began; undefined where the log is empty. */
  header: HeaderEntry | undefined;
  /** The last run has said that it is over. */
  isClosed = false;
  /** The last line says that the output is about to be replaced by what was written anew. */
  isRewriting = false;
  /** What stands in the output, and in the file of `--errors`. */
  readonly output = new Account();
  readonly errors = new Account();
  /** That file, as the log names it; undefined where the last run had none. */
  errorsFile: string | undefined;
  /** So much of the log is entries. */
  logBytes = 0;
  readonly #file: string;
  readonly #again: Again;
  readonly match: Match;
  /** What has ended and was not handed over, by seq. */
  readonly waiting = new Map<number, Frame>();
  readonly #frames: readonly Frame[];
  readonly #ended = new Map<number, Ended>();
  #byHash: Map<string, number[]> | undefined;
  #lastSeq = 0;
  /** Failures that are to run again and whose inputs have not come yet. */
  #failedLeft = 0;

  /** Reads the log, or its beginning; `frames` are of the file of what waits. Throws a {@link UsageError} where it is none. */
  constructor(file: string, again: Again, match: Match, frames: readonly Frame[] = [], upTo = Infinity) {
    this.#frames = frames;
    this.#file = file;
    this.#again = again;
    this.match = match;
    scanLog(file, (entry, endsAt) => {
      if (endsAt > upTo) return;
      this.#note(entry, this.logBytes);
      this.logBytes = endsAt;
    });
    for (const frame of frames) this.#noteWaiting(frame);
  }

  /** What so much of the log tells. */
  upTo(logBytes: number): Past {
    return new Past(this.#file, this.#again, this.match, this.#frames, logBytes);
  }

  /** How many inputs have ended. */
  get ended(): number {
    return this.#ended.size;
  }

  /** The last place that has ended. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** It has ended, was handed over, and is not to run again. */
  hasEnded(seq: number): boolean {
    const { state } = this.#ended.get(seq) ?? {};
    return state === 'ok' || state === 'failed';
  }

  /** It has ended with a failure. */
  hasFailed(seq: number): boolean {
    return this.#hasFailed(seq) || this.waiting.get(seq)?.ok === false;
  }

  /** What to do about an input. Throws a {@link UsageError} where another stood in its place. */
  decide(seq: number, hash: string, input: Input): Decision {
    if (this.match === 'key') return this.#decideByHash(hash);
    const ended = this.#ended.get(seq);
    if (ended !== undefined && ended.hash !== hash) this.#refuse(seq, input);
    return { what: this.#whatOf(ended), seq };
  }

  /** Of what comes behind this place nothing is to run. */
  isLast(seq: number): boolean {
    if (this.#again !== 'retry-failed') return false;
    return this.match === 'seq' ? seq >= this.#lastSeq : this.#failedLeft === 0;
  }

  /** Another input stood in this place. */
  #refuse(seq: number, { file, line, text, value, identity }: Input): never {
    let was = this.waiting.get(seq)?.input ?? '';
    scanLog(this.#file, (entry) => {
      if (isEnd(entry) && entry.seq === seq) was = entry.input;
    });
    // Rows whose texts are the same differ by the names of their columns.
    const isRow = identity !== undefined && quoted(text) === quoted(was) && !Array.isArray(value);
    const [columns, others] = isRow
      ? [` of the columns ${Object.keys(value as object).join(', ')}`, ' of others']
      : ['', ''];
    throw new UsageError(
      `Input ${seq} (${file}:${line}) is ${quoted(text)}${columns}, and was ${quoted(was)}${others} when ${this.#file} was written. Nothing is mixed: give the inputs as they were, find them wherever they are now with --match key, or start anew with --overwrite.`,
    );
  }

  /** What stays in the output when failures run again; undefined where all does. */
  get stretchesThatStay(): readonly Stretch[] | undefined {
    return this.#again === 'resume' ? undefined : this.output.stretchesWithout(this.#hasFailed);
  }

  /** Failures are written down that are to run again. */
  get areErrorsToLeave(): boolean {
    return this.#again !== 'resume' && this.errors.records.some(({ seq }) => this.#hasFailed(seq));
  }

  /** Inputs have failed, and are not to run again. */
  get areFailuresLeft(): boolean {
    if (this.#again !== 'resume') return false;
    return [...this.#ended.keys()].some(this.#hasFailed) || [...this.waiting.values()].some(({ ok }) => !ok);
  }

  /** The records of failures have left the output, and they the file of `--errors`. */
  dropFailures(): void {
    this.output.drop(this.#hasFailed);
    this.errors.drop(this.#hasFailed);
    for (const ended of this.#ended.values()) if (ended.state === 'failed') ended.state = 'dropped';
  }

  readonly #hasFailed = (seq: number): boolean => this.#ended.get(seq)?.state === 'failed';

  #note(entry: Entry, at: number): void {
    this.isRewriting = false;
    if (isEnd(entry)) {
      this.#ended.set(entry.seq, { state: entry.ok ? 'ok' : 'failed', hash: entry.hash });
      this.#lastSeq = Math.max(this.#lastSeq, entry.seq);
      const { seq, bytes, sum, failed } = entry;
      if (bytes !== undefined) this.output.add({ seq, bytes, sum, entryAt: at });
      if (failed !== undefined) this.errors.add({ seq, ...failed, entryAt: at });
    } else if (isHeader(entry)) {
      this.#noteHeader(entry);
    } else if (entry.type === 'rewritten') {
      this.isRewriting = true;
      this.dropFailures();
    } else if (entry.type === 'writing') {
      this.output.announce(entry);
      if (entry.failed !== undefined) this.errors.announce(entry.failed);
    } else if (entry.type === 'end') {
      this.isClosed = true;
    }
  }

  /** What failed is not waited for where it runs again. */
  #noteWaiting(frame: Frame): void {
    const { seq, hash, ok } = frame;
    if (this.hasEnded(seq)) return;
    const isAgain = !ok && this.#again !== 'resume';
    this.#ended.set(seq, { state: isAgain ? 'dropped' : 'waiting', hash });
    this.#lastSeq = Math.max(this.#lastSeq, seq);
    if (isAgain) this.waiting.delete(seq);
    else this.waiting.set(seq, frame);
  }

  #noteHeader(header: HeaderEntry): void {
    const { type, output, errors } = header;
    this.isClosed = false;
    if (type === 'run') {
      this.header = header;
      this.#ended.clear();
      this.#lastSeq = 0;
      this.output.begin(output?.startsAt ?? 0);
    }
    if (type === 'run' || errors?.file !== this.errorsFile) this.errors.begin(errors?.startsAt ?? 0);
    this.errorsFile = errors?.file;
  }

  #decideByHash(hash: string): Decision {
    if (this.#byHash === undefined) {
      this.#byHash = this.#seqsByHash();
      for (const ended of this.#ended.values()) if (this.#whatOf(ended) === 'run') this.#failedLeft++;
    }
    const seq = this.#byHash.get(hash)?.shift();
    if (seq !== undefined) {
      const what = this.#whatOf(this.#ended.get(seq));
      if (what === 'run') this.#failedLeft--;
      return { what, seq };
    }
    return this.#again === 'retry-failed' ? { what: 'leave', seq: 0 } : { what: 'run', seq: ++this.#lastSeq };
  }

  #seqsByHash(): Map<string, number[]> {
    const seqs = new Map<string, number[]>();
    for (const [seq, { hash }] of this.#ended) {
      const others = seqs.get(hash);
      if (others === undefined) seqs.set(hash, [seq]);
      else others.push(seq);
    }
    return seqs;
  }

  #whatOf(ended: Ended | undefined): Decision['what'] {
    if (ended === undefined) return this.#again === 'retry-failed' ? 'leave' : 'run';
    if (ended.state === 'waiting') return 'wait';
    const isAgain = ended.state === 'dropped' || (ended.state === 'failed' && this.#again !== 'resume');
    return isAgain ? 'run' : 'skip';
  }
}

/** In one line. */
function quoted(text: string): string {
  return `'${shortened(text, 60).replaceAll(/\r?\n/g, '⏎')}'`;
}
