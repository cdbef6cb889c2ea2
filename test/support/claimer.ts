// A thread that has runs arrive and claims every task of them it can get, as a worker's loop does. For tests of the claims.
import { workerData } from 'node:worker_threads';

import { Claims, generations } from '../../src/wire/claims.ts';

/** What the thread is given. All of it is shared memory. */
export interface Race {
  readonly words: Int32Array;
  /** For each task of each run, how often it was claimed. */
  readonly claimed: Uint8Array;
  readonly tasks: number;
  /** The round that may be claimed, the one that was, and whether the thread has begun. */
  readonly rounds: Int32Array;
  /** The run that is being claimed. */
  readonly at: Int32Array;
}

export const lastRound = 0x7fff_ffff;

if (workerData !== null) {
  const { words, claimed, tasks, rounds, at } = workerData as Race;
  const claims = new Claims(words);
  Atomics.store(rounds, 2, 1);
  for (let round = 1; ; round++) {
    while (Atomics.load(rounds, 0) < round) Atomics.wait(rounds, 0, round - 1, 1_000);
    if (Atomics.load(rounds, 0) === lastRound) break;
    for (let run = 0; run < words.length; run++) {
      Atomics.store(at, 0, run);
      if (!claims.arrive(run, round % generations, tasks)) continue;
      for (let place = claims.claim(run); place !== undefined; place = claims.claim(run)) {
        const task = run * tasks + place;
        claimed[task] = (claimed[task] ?? 0) + 1;
      }
    }
    Atomics.store(rounds, 1, round);
    Atomics.notify(rounds, 1);
  }
}
