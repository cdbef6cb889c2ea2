// Work that takes its worker down.
import type { Pool } from '../../../src/index.ts';
import * as tasks from '../tasks.ts';
import { between, fulfilledWith, nothing, type End, type FarKind, type Kind } from '../work.ts';

const signals = ['SIGKILL', 'SIGALRM', 'SIGSEGV'] as const;

function deadly(
  name: string,
  weight: number,
  run: (pool: Pool, id: number, chance: () => number) => Promise<unknown>,
  mayBe: (id: number) => (end: End) => boolean = () => nothing,
  over?: FarKind,
): Kind {
  return {
    name,
    weight,
    isDeadly: true,
    ...(over !== undefined && { over }),
    begin({ pool, chance, newId }) {
      const id = newId();
      // A crash is what it comes to, and one that is told as such needs no other excuse.
      return { promise: run(pool, id, chance), mayBe: mayBe(id), id };
    },
  };
}

export const deadlyKinds: readonly Kind[] = [
  deadly('exit', 3, (pool, id, chance) => pool.run(tasks.exit, id, between(chance, 0, 20))),
  deadly(
    'kill itself',
    3,
    (pool, id, chance) => pool.run(tasks.killSelf, id, signals[between(chance, 0, 2)] ?? 'SIGKILL'),
    () => nothing,
    'process',
  ),
  deadly('throw in a timer', 3, (pool, id) => pool.run(tasks.throwInTimer, id)),
  deadly('reject unhandled', 3, (pool, id) => pool.run(tasks.rejectUnhandled, id)),
  deadly('answer, then exit', 3, (pool, id) => pool.run(tasks.answerThenExit, id), fulfilledWith),
  // Not over threads: V8 can meet a thread's limit where Node is no longer asked, in the middle of a collection, and then the
  // whole process aborts.
  deadly(
    'hoard',
    0.5,
    (pool, id) => pool.run(tasks.hoard, id),
    () => nothing,
    'process',
  ),
];
