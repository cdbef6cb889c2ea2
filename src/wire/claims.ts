// Which tasks of a run the worker has started, in memory that both ends share. A worker starts the tasks of a run in order,
// so one word tells all: which is next, and where the run ends. The worker claims from the front, the pool takes back from
// the end, each by one atomic exchange, so that every task is had by exactly one of them.
//
//     places   0 1 2 3 │ 4 5 6 7 │ 8 9
//               started   open      taken back          word = end << 16 | next
//                      next      end

/** The most tasks of one run. */
export const longestRun = 8_192;

const bits = 16;
const low = (1 << bits) - 1;

export class Claims {
  readonly words: Int32Array;

  constructor(words: Int32Array) {
    this.words = words;
  }

  /** Claims for as many runs at a time. */
  static ofRuns(runs: number): Claims {
    return new Claims(new Int32Array(new SharedArrayBuffer(runs * Int32Array.BYTES_PER_ELEMENT)));
  }

  /** The pool: none of the run's tasks has started. To be said before the run is sent. */
  open(run: number, count: number): void {
    Atomics.store(this.words, run, count << bits);
  }

  /** The worker: the place of the next task, which is now its own; undefined where none is left. */
  claim(run: number): number | undefined {
    for (;;) {
      const word = Atomics.load(this.words, run);
      const next = word & low;
      if (next >= word >>> bits) return undefined;
      if (Atomics.compareExchange(this.words, run, word, word + 1) === word) return next;
    }
  }

  /** How many tasks of the run the worker has claimed. */
  claimed(run: number): number {
    return Atomics.load(this.words, run) & low;
  }

  /** The pool: takes back what the worker has not claimed. The place of the first that is the pool's again; those behind it are too. */
  takeBack(run: number): number {
    for (;;) {
      const word = Atomics.load(this.words, run);
      const next = word & low;
      if (Atomics.compareExchange(this.words, run, word, (next << bits) | next) === word) return next;
    }
  }
}
