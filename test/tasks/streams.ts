// Functions that yield, and that report.
import { appendFileSync, writeFileSync } from 'node:fs';
import { setImmediate as nextTurn, setTimeout as sleepFor } from 'node:timers/promises';

import { context, task } from '../support/task.ts';
import { Money } from './portables.ts';

export const count = task(import.meta, async function* count(to: number): AsyncGenerator<number> {
  for (let n = 0; n < to; n++) yield n;
});

export const countSync = task(import.meta, function* countSync(to: number): Generator<number> {
  for (let n = 0; n < to; n++) yield n;
});

/** Yields for ever, and notes in a file how far it is; then how it ended. */
export const countForever = task(import.meta, async function* countForever(file: string): AsyncGenerator<number> {
  try {
    for (let n = 1; ; n++) {
      writeFileSync(file, `${n}`);
      yield n;
    }
  } finally {
    await sleepFor(20);
    appendFileSync(file, ' cleaned up');
  }
});

/** Yields a few values, then waits for ever, but for its signal. */
export const stall = task(import.meta, async function* stall(few: number, file: string): AsyncGenerator<number> {
  try {
    for (let n = 0; n < few; n++) yield n;
    await sleepFor(1e6, undefined, { signal: context().signal });
  } finally {
    appendFileSync(file, 'cleaned up');
  }
});

export const failAfter = task(import.meta, async function* failAfter(few: number): AsyncGenerator<number> {
  for (let n = 0; n < few; n++) yield n;
  throw new RangeError('no more');
});

export const failAtCleanUp = task(import.meta, async function* failAtCleanUp(): AsyncGenerator<number> {
  try {
    for (let n = 0; ; n++) yield n;
  } finally {
    // oxlint-disable-next-line no-unsafe-finally
    throw new Error('cannot clean up');
  }
});

export const dieAfter = task(import.meta, async function* dieAfter(few: number): AsyncGenerator<number> {
  for (let n = 0; n < few; n++) yield n;
  await sleepFor(30);
  process.exit(3);
});

/** Yields one value that cannot cross between two that can. */
export const yieldFunction = task(import.meta, async function* yieldFunction(file: string): AsyncGenerator<unknown> {
  try {
    yield 'before';
    yield { deep: [() => 1] };
    yield 'after';
  } finally {
    appendFileSync(file, 'cleaned up');
  }
});

export const yieldSlowly = task(
  import.meta,
  async function* yieldSlowly(values: number, everyMs: number): AsyncGenerator<number> {
    for (let n = 0; n < values; n++) {
      yield n;
      await sleepFor(everyMs);
    }
  },
);

/** Computes between its values. */
export const yieldComputed = task(
  import.meta,
  function* yieldComputed(values: number, eachMs: number): Generator<number> {
    for (let n = 0; n < values; n++) {
      for (const end = performance.now() + eachMs; performance.now() < end;);
      yield n;
    }
  },
);

export const yieldMoney = task(import.meta, async function* yieldMoney(amounts: number): AsyncGenerator<unknown> {
  for (let n = 0; n < amounts; n++) yield n % 2 === 0 ? new Money(n) : { n, bytes: Buffer.from([n]) };
});

export const yieldBytes = task(
  import.meta,
  async function* yieldBytes(chunks: number, size: number): AsyncGenerator<Uint8Array> {
    // One buffer for all, as a reader of files would have it.
    const bytes = new Uint8Array(size);
    for (let n = 0; n < chunks; n++) yield bytes.fill(n);
  },
);

export const moveBytes = task(import.meta, async function* moveBytes(chunks: number): AsyncGenerator<
  [Uint8Array, number]
> {
  let last = -1;
  for (let n = 0; n < chunks; n++) {
    const bytes = new Uint8Array(64).fill(n);
    context().transfer([bytes.buffer]);
    yield [bytes, last];
    last = bytes.length;
  }
});

export const webStream = task(import.meta, async function webStream(to: number): Promise<AsyncIterable<number>> {
  await nextTurn();
  return ReadableStream.from(Array.from({ length: to }, (_, n) => n)) as AsyncIterable<number>;
});

export const notIterable = task(import.meta, function notIterable(): Iterable<number> {
  return 7 as unknown as Iterable<number>;
});

/** Reports each step, then returns. */
export const reportSteps = task(import.meta, async function reportSteps(steps: number, pauseAt = 0): Promise<string> {
  for (let n = 0; n < steps; n++) {
    context().report({ step: n });
    if (n === pauseAt) await nextTurn();
  }
  return 'done';
});

export const reportSync = task(import.meta, function reportSync(steps: number): boolean[] {
  return Array.from({ length: steps }, (_, n) => context().report(n));
});

export const reportAndYield = task(import.meta, async function* reportAndYield(to: number): AsyncGenerator<number> {
  for (let n = 0; n < to; n++) {
    context().report(`before ${n}`);
    yield n;
  }
});

/** Fails until its last attempt, and reports each. */
export const reportAttempts = task(import.meta, async function reportAttempts(attempts: number): Promise<number> {
  const { attempt } = context();
  context().report(attempt);
  await nextTurn();
  if (attempt < attempts) throw new Error(`attempt ${attempt}`);
  return attempt;
});

/** Goes on to report when it has ended. */
export const reportLate = task(import.meta, async function reportLate(): Promise<number> {
  const mine = context();
  setTimeout(() => mine.report('late'), 5);
  mine.report('in time');
  return 1;
});

export const reportFunction = task(import.meta, function reportFunction(): string {
  try {
    context().report({ fn: () => 1 });
    return 'crossed';
  } catch (error) {
    return (error as Error).message;
  }
});
