// What the function is called with, input after input, and what is known of each while its call is under way.
import { shortened } from '../report/shortened.ts';
import type { FailedInputs } from './input/failed.ts';
import type { Input, InputSource } from './input/inputs.ts';
import type { Keeper, Kept } from './input/keep.ts';
import { shortHash } from './joblog/identity.ts';
import type { Match, Past } from './joblog/past.ts';
import { hasHash, hasPlace, type Shard } from './shard.ts';
import { UnderWay } from './under-way.ts';
import { UsageError } from './usage-error.ts';
import type { Wrapped } from './worker/apply.ts';

export type BadInput = 'fail' | 'skip' | 'record';

/** An input whose call has not ended. */
export interface Pulled {
  /** Counted from 1, over all inputs, those that were skipped included. */
  readonly seq: number;
  /** Of the text of the input; empty where nobody needs it. */
  readonly hash: string;
  readonly file: string;
  readonly line: number;
  /** The text; the beginning and the end of one that is long. */
  readonly shown: string;
  /** What of it goes into its records, where that was asked for. */
  readonly kept: Kept | undefined;
  /** How it is written where it fails; undefined where nobody needs that, or it was too long. */
  readonly whole: string | undefined;
  /** On the clock of `performance.now()`, in whole milliseconds. */
  readonly atMs: number;
}

export interface CallsOptions {
  readonly badInput: BadInput;
  /** Calls get {@link Wrapped} inputs. */
  readonly isWrapped: boolean;
  /** Inputs are told apart by a hash of them. */
  readonly isHashed: boolean;
  /** What had ended before this run. */
  readonly past: Past | undefined;
  /** Hears of an input that has ended before and whose result waits for its turn, and before which call that is. */
  readonly onWaiting?: (seq: number, before: number) => void;
  readonly keeper?: Keeper | undefined;
  readonly errors?: FailedInputs | undefined;
  /** Inputs of other parts are as if they were not there, but that they count. */
  readonly shard?: Shard | undefined;
  /** How inputs are found again, and so how they are divided. */
  readonly match?: Match | undefined;
  /** No more calls than these are made. */
  readonly limit?: number | undefined;
  /** Hears how many calls there have been, with each. */
  readonly onPulled?: (pulled: number) => void;
  /** So many calls may be ahead of the first that has not had its turn. */
  readonly mostAhead: number;
  /** So many calls may be under way, now. */
  readonly mostUnderWay?: () => number;
}

const shownLength = 80;
/** There is nothing to call for an input. */
const noCall = Symbol('no call');

/** Inputs are read as they are pulled. What was read before an input that cannot be is done all the same. */
export class Calls implements AsyncIterableIterator<unknown, void> {
  /** Why no more is read. */
  failure: unknown;
  /** Inputs that cannot be read and were left out. */
  skipped = 0;
  /** Inputs that had ended before this run. */
  endedBefore = 0;
  /** Those of them that had failed. */
  failedBefore = 0;
  /** So many calls there have been. */
  pulled = 0;
  state: 'reading' | 'stopped' | 'at the end' = 'reading';
  /** There have been as many calls as there may be; there may be more inputs. */
  isAtLimit = false;
  readonly #inputs: InputSource;
  readonly #options: CallsOptions;
  readonly #underWay = new UnderWay<Pulled>();
  #seq = 0;
  #past = 0;
  #mostAhead: number;
  /** Lets who waits for room go on. */
  #goOn: () => void = () => {};

  constructor(inputs: InputSource, options: CallsOptions) {
    this.#inputs = inputs;
    this.#options = options;
    this.#mostAhead = options.mostAhead;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<unknown, void>> {
    if (this.state === 'reading' && !this.#hasRoom) return this.#waitThenNext();
    // Most inputs are there already: many are read at once.
    while (this.state === 'reading') {
      const input = this.#inputs.take();
      if (input === undefined) return this.#readOn();
      const value = this.#callOf(input);
      if (value !== noCall) return Promise.resolve({ done: false, value });
    }
    return Promise.resolve({ done: true, value: undefined });
  }

  return(): Promise<IteratorResult<unknown, void>> {
    this.stop();
    return this.#inputs.return();
  }

  /** Nothing more is read. */
  stop(): void {
    if (this.state === 'reading') this.state = 'stopped';
    this.#goOn();
  }

  /** So many calls have had their turn. */
  letAhead(past: number): void {
    this.#past = past;
    this.goOn();
  }

  /** There may be room for more calls. */
  goOn(): void {
    if (this.#hasRoom) this.#goOn();
  }

  get #hasRoom(): boolean {
    const { mostUnderWay } = this.#options;
    if (mostUnderWay !== undefined && this.#underWay.size >= mostUnderWay()) return false;
    return this.pulled - this.#past < this.#mostAhead;
  }

  /** So many calls may be ahead from now on. */
  limitAhead(most: number): void {
    this.#mostAhead = most;
    this.letAhead(this.#past);
  }

  /** The input of the call with this index, whose end is being told. */
  take(index: number): Pulled {
    const pulled = this.#underWay.take(index);
    if (pulled === undefined) throw new Error(`This is a bug in polyloop, please report it: no call ${index}.`);
    if (this.#options.mostUnderWay !== undefined) this.goOn();
    return pulled;
  }

  /** The calls that have not ended. */
  get underWay(): Pick<UnderWay<Pulled>, 'size' | 'values'> {
    return this.#underWay;
  }

  /** So many inputs have been read, whether they were called for or not. */
  get taken(): number {
    return this.#seq;
  }

  /** Which part of all files that is, where it is known. */
  get share(): number | undefined {
    return this.#inputs.share;
  }

  async #waitThenNext(): Promise<IteratorResult<unknown, void>> {
    await new Promise<void>((resolve) => (this.#goOn = resolve));
    return this.next();
  }

  async #readOn(): Promise<IteratorResult<unknown, void>> {
    try {
      while (this.state === 'reading') {
        const next = await this.#inputs.next();
        // It may have been told to stop meanwhile.
        if (this.state !== 'reading') break;
        if (next.done === true) {
          this.state = 'at the end';
          break;
        }
        const value = this.#callOf(next.value);
        if (value !== noCall) return { done: false, value };
      }
    } catch (error) {
      this.#fail(error);
    }
    return { done: true, value: undefined };
  }

  #fail(error: unknown): void {
    if (this.state === 'reading') this.failure = error;
    this.state = 'stopped';
  }

  /** What to call for an input, if anything. */
  #callOf(input: Input): unknown {
    try {
      return this.#decide(input);
    } catch (error) {
      this.#fail(error);
      return noCall;
    }
  }

  #decide(input: Input): unknown {
    const { value, problem, behind, text, identity = text, file, line } = input;
    const { badInput, isWrapped, isHashed, past, keeper, errors, limit, onPulled } = this.#options;
    let seq = ++this.#seq;
    if (behind === undefined && !this.#isOfShard(seq, identity)) return noCall;
    if (problem !== undefined && behind !== undefined) throw new UsageError(`${saidOf(input)}. ${behind}.`);
    if (problem !== undefined && badInput === 'fail') {
      throw new UsageError(
        `${saidOf(input)}. Mend it, read it otherwise with --input, or go on without it with --bad-input skip or record.`,
      );
    }
    if (problem !== undefined && badInput === 'skip') {
      this.skipped++;
      return noCall;
    }
    const hashed = isHashed ? shortHash(identity) : '';
    if (past !== undefined) {
      const { what, seq: asBefore } = past.decide(seq, hashed, input);
      if (past.isLast(seq)) this.state = 'at the end';
      if (what === 'skip' || what === 'wait') {
        this.endedBefore++;
        if (past.hasFailed(asBefore)) this.failedBefore++;
      }
      if (what === 'wait') {
        // The header of its table is to be known.
        errors?.textOf(input);
        this.#options.onWaiting?.(asBefore, this.pulled);
      }
      if (what !== 'run') return noCall;
      seq = asBefore;
    }
    onPulled?.(this.pulled + 1);
    this.#underWay.set(this.pulled++, {
      seq,
      hash: hashed,
      file,
      line,
      shown: shownOf(text),
      kept: keeper?.of(input),
      whole: errors?.textOf(input),
      atMs: Math.round(performance.now()),
    });
    if (this.pulled === limit) {
      this.isAtLimit = true;
      this.state = 'at the end';
    }
    if (!isWrapped) return value;
    return (problem === undefined ? [seq, value] : [seq, undefined, saidOf(input)]) satisfies Wrapped;
  }

  #isOfShard(seq: number, identity: string): boolean {
    const { shard, match } = this.#options;
    if (shard === undefined) return true;
    return match === 'key' ? hasHash(shard, shortHash(identity)) : hasPlace(shard, seq);
  }
}

function saidOf({ file, line, problem }: Input): string {
  return `${file}:${line} ${problem}`;
}

function shownOf(text: string): string {
  if (text.length <= shownLength) return text;
  // A part of a text keeps all of it in memory; so it is made anew.
  return Buffer.from(shortened(text, shownLength)).toString();
}
