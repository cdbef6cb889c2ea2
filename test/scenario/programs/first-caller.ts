// Whether what a call has stored can be collected while the pool lives. Run with --expose-gc. Prints `collected`.
//
//     first-caller.ts KIND
import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

import { Pool, type WorkerKind } from '../../../src/index.ts';
import * as tasks from '../../tasks/contexts.ts';

const kind = process.argv[2] as WorkerKind;
const request = new AsyncLocalStorage<object>();

/** The pool is made, and its workers are started, within a call that stores something. */
async function poolOf(store: object): Promise<{ end(): Promise<void> }> {
  return await request.run(store, async () => {
    const pool = new Pool({ kind, workers: 2, idleTimeoutMs: 60_000 });
    await pool.run(tasks.seen);
    await pool.with({ timeoutMs: 1_000, retry: {}, onReport() {} }).run(tasks.reportsTwice);
    await pool.map(tasks.double, [1, 2, 3]).toArray();
    for await (const value of pool.stream(tasks.entersAndYields, 1)) if (value === 2) break;
    return { end: () => pool.close() };
  });
}

const collected: true[] = [];
const registry = new FinalizationRegistry(() => {
  collected.push(true);
});

async function call(): Promise<{ end(): Promise<void> }> {
  const store = { memory: Array.from({ length: 1_000 }) };
  registry.register(store, undefined);
  return await poolOf(store);
}

const pool = await call();
for (let left = 200; left > 0 && collected.length === 0; left--) {
  await sleep(10);
  globalThis.gc?.();
}
console.log(collected.length > 0 ? 'collected' : 'kept');
await pool.end();
