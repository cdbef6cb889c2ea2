// Which tasks of a run the worker has started, in memory that it shares with whoever may take tasks back: the pool itself
// where both are threads, a thread beside the worker's loop where it is a process. A worker starts the tasks of a run in
// order, so one word tells all: which is next, and where the run ends. The worker claims from the front, the other takes
// from the end, each by one atomic exchange, so that every task is had by exactly one of them.
//
//     places   0 1 2 3 │ 4 5 6 7 │ 8 9
//               started   open      taken back          word = generation │ end │ next
//                      next      end
//
// Numbers of runs are used again; the generation tells which run the word is about. One that has not arrived can be taken
// back as well: then its generation is there before it.

/** The most tasks of one run. */
export const longestRun = 8_192;

const placeBits = 14;
const low = (1 << placeBits) - 1;
const generationShift = 2 * placeBits;
/** Generations are counted from 0 again after so many. */
export const generations = 1 << (32 - generationShift);

/** What tells a run from all others that its worker was given. */
export interface RunKey {
  readonly number: number;
  /** Which of the runs that had this number, modulo {@link generations}. */
  readonly generation: number;
  /** The id of its first task. */
  readonly firstId: number;
}

export class Claims {
  readonly words: Int32Array;
  /** When the last claim of each run was made, on the machine's clock; only for runs that are timed, and where both ends can read it. */
  readonly times: Float64Array | undefined;

  constructor(words: Int32Array, times?: Float64Array) {
    this.words = words;
    this.times = times;
  }

  /** Claims for as many runs at a time. */
  static ofRuns(runs: number): Claims {
    return new Claims(new Int32Array(new SharedArrayBuffer(runs * Int32Array.BYTES_PER_ELEMENT)));
  }

  /** The same, with the time of each last claim. */
  static ofTimedRuns(runs: number): Claims {
    const times = new Float64Array(new SharedArrayBuffer(runs * Float64Array.BYTES_PER_ELEMENT));
    return new Claims(Claims.ofRuns(runs).words, times);
  }

  /** The worker: the next claim of this run is made now. Before the claim itself, so that whoever sees the claim never takes its time for an older one. */
  stamp(run: number, now: number): void {
    if (this.times !== undefined) this.times[run] = now;
  }

  /** The worker: a run has arrived. False where it was taken back before. */
  arrive(run: number, generation: number, count: number): boolean {
    const word = Atomics.load(this.words, run);
    if (word >>> generationShift === generation) return false;
    const open = (generation << generationShift) | (count << placeBits);
    return Atomics.compareExchange(this.words, run, word, open) === word;
  }

  /** The worker: the place of the next task, which is now its own; undefined where none is left. */
  claim(run: number): number | undefined {
    for (;;) {
      const word = Atomics.load(this.words, run);
      const next = word & low;
      if (next >= ((word >>> placeBits) & low)) return undefined;
      if (Atomics.compareExchange(this.words, run, word, word + 1) === word) return next;
    }
  }

  /** How many tasks of the run the worker has claimed. */
  claimed(run: number, generation: number): number {
    const word = Atomics.load(this.words, run);
    return word >>> generationShift === generation ? word & low : 0;
  }

  /** Takes back what the worker has not claimed. The place of the first that it will not start; it will start none of those behind it either. */
  takeBack(run: number, generation: number): number {
    return takeBack(this.words, run, generation);
  }
}

/** {@link Claims.takeBack}, for a thread that is given only its text: it refers to nothing outside. */
export function takeBack(words: Int32Array, run: number, generation: number): number {
  for (;;) {
    const word = Atomics.load(words, run);
    const next = word >>> 28 === generation ? word & 0x3fff : 0;
    const closed = (generation << 28) | (next << 14) | next;
    if (Atomics.compareExchange(words, run, word, closed) === word) return next;
  }
}
