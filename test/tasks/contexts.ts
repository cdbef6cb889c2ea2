// Functions that store something in an async context of their own, and tell what they found there.
import { AsyncLocalStorage } from 'node:async_hooks';

import { context, fromWire, portable, task, toWire } from '../../src/index.ts';

export const store = new AsyncLocalStorage<unknown>();

// As careless libraries do when they are loaded.
store.enterWith('the module');

export const restore = task(import.meta, function restore(value: unknown, fn: () => unknown): unknown {
  return store.run(value, fn);
});

async function turn(): Promise<void> {}

export const seen = task(import.meta, function seen(): unknown {
  return store.getStore();
});

export const enters = task(import.meta, function enters(value: unknown): unknown {
  const found = store.getStore();
  store.enterWith(value);
  return found;
});

export const entersAndWaits = task(import.meta, async function entersAndWaits(value: number): Promise<unknown[]> {
  const found = store.getStore();
  store.enterWith(value);
  await turn();
  const { taskId } = context();
  const after = store.getStore();
  await new Promise((resolve) => setTimeout(resolve, value % 5));
  return [found, after, store.getStore(), taskId === context().taskId];
});

export const entersAndYields = task(import.meta, function* entersAndYields(value: unknown): Generator<unknown> {
  yield store.getStore();
  store.enterWith(value);
  yield store.getStore();
});

/** Ends when it is told to, with what its listener found. */
export const entersAndListens = task(import.meta, async function entersAndListens(value: unknown): Promise<never> {
  store.enterWith(value);
  context().report('listens');
  return await new Promise((_resolve, reject) => {
    context().signal.addEventListener('abort', () => {
      context().report(store.getStore());
      reject(new Error(String(store.getStore())));
    });
  });
});

/** Ends when the signal is aborted, with what its listener found: the context of the task, and whether it is that of this task. */
export const listensTo = task(import.meta, async function listensTo(stop: AbortSignal): Promise<unknown[]> {
  const { taskId, report } = context();
  report('listens');
  return await new Promise((resolve) => {
    stop.addEventListener('abort', () => resolve([context().taskId === taskId, store.getStore()]));
  });
});

/** Notes what is stored where its instances are taken apart, and put together again. */
export class Noting {
  static {
    portable(import.meta, this);
  }
  readonly seen: readonly unknown[];

  constructor(found: readonly unknown[] = []) {
    this.seen = found;
  }

  [toWire](): unknown {
    return [...this.seen, store.getStore()];
  }

  static [fromWire](found: readonly unknown[]): Noting {
    return new Noting([...found, store.getStore()]);
  }
}

export const handBack = task(import.meta, function handBack(value: unknown): unknown {
  return value;
});

export const readDeep = task(
  import.meta,
  async function readDeep(value: { readonly list: readonly unknown[] }): Promise<unknown[]> {
    const [{ source }] = value.list.slice(-1) as [{ source: AsyncIterable<unknown> }];
    return await Array.fromAsync(source);
  },
);

export const reportsTwice = task(import.meta, function reportsTwice(): void {
  context().report(1);
  context().report(2);
});

export const failsTwice = task(import.meta, function failsTwice(): number {
  const { attempt } = context();
  if (attempt < 3) throw new Error(`attempt ${attempt}`);
  return attempt;
});

export const double = task(import.meta, function double(n: number): number {
  return 2 * n;
});

export const prints = task(import.meta, function prints(text: string): void {
  console.log(text);
});

export const makesNoting = task(import.meta, function makesNoting(): Noting {
  return new Noting();
});
