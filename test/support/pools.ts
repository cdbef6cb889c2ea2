// Pools for tests: each is ended with its test, and a test that hangs says what its pools were doing.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, afterEach, beforeEach, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';

import { Pool, type PoolOptions, type WorkerKind } from '../../src/index.ts';

export const kinds: readonly WorkerKind[] = ['inline', 'thread', 'process'];
export const farKinds: readonly WorkerKind[] = ['thread', 'process'];

const open = new Set<Pool>();

/** A pool of two workers, unless told otherwise, that is gone after the test. */
export function makePool(t: TestContext, options: PoolOptions = {}): Pool {
  const pool = new Pool({ workers: 2, ...options });
  open.add(pool);
  t.after(async () => {
    await pool.terminate();
    open.delete(pool);
  });
  return pool;
}

/** One pool for the tests of a file or a `describe`, for those that leave it as they find it. */
export function sharedPool(options: PoolOptions): () => Pool {
  let pool: Pool | undefined;
  after(async () => {
    await pool?.close();
    if (pool !== undefined) open.delete(pool);
  });
  return () => {
    if (pool === undefined) open.add((pool = new Pool(options)));
    return pool;
  };
}

let watchdog: NodeJS.Timeout | undefined;

/** To be called once by each test file: watches for hangs, and that every test leaves nothing behind. */
export function watch(hangMs = 30_000): void {
  beforeEach((t) => {
    watchdog = setTimeout(() => {
      console.error(`"${t.name}" hangs.`);
      for (const pool of open) console.error(pool.inspect());
      console.error(`Children: ${JSON.stringify(children())}. Handles: ${process.getActiveResourcesInfo().join(', ')}`);
      process.exit(1);
    }, hangMs).unref();
  });
  afterEach(async () => {
    // Beside the workers of pools that tests share, nothing runs on.
    await until(
      () => strays().length === 0,
      () => `no child process is left, but there are ${strays().map(describeProcess).join(', ')}`,
    );
    clearTimeout(watchdog);
  });
  after(async () => {
    await until(
      () => children().length === 0,
      () => `no child process is left, but there are ${children().map(describeProcess).join(', ')}`,
    );
    // What a stream or a thread leaves for a turn of the loop is gone after a few.
    await until(
      () => leftHandles().length === 0,
      () => `no handle is left, but there are ${leftHandles().join(', ')}`,
    );
  });
}

function strays(): number[] {
  const workers = new Set([...open].flatMap((pool) => pool.stats().workers.map(({ pid }) => pid)));
  return children().filter((pid) => !workers.has(pid));
}

const ownHandles = new Set([
  'PipeWrap',
  'TTYWrap',
  'FSReqCallback',
  'FSReqPromise',
  'Timeout',
  'Immediate',
  'TickObject',
  'CloseReq',
]);

function leftHandles(): string[] {
  return process.getActiveResourcesInfo().filter((name) => !ownHandles.has(name));
}

/** The child processes of this one, living or unburied. */
export function children(of = process.pid): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === of);
}

/** What `/proc/PID/stat` has after the name, from the state on; undefined where there is no such process. */
function statOf(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function parentOf(pid: number): number {
  return Number(statOf(pid)?.[1]);
}

/** A letter: `T` for a process that is stopped, `Z` for a zombie. */
export function stateOf(pid: number): string | undefined {
  return statOf(pid)?.[0];
}

function describeProcess(pid: number): string {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').at(-2);
    return `${pid} (${command}, ${stateOf(pid)})`;
  } catch {
    return `${pid}`;
  }
}

/** True while a process runs: it is there and not a zombie. */
export function isAlive(pid: number): boolean {
  const state = stateOf(pid);
  return state !== undefined && state !== 'Z';
}

/** Waits for a condition. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string | (() => string),
  withinMs = 10_000,
): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > end) assert.fail(`Not within ${withinMs} ms: ${typeof what === 'string' ? what : what()}`);
    await sleep(5);
  }
}

/** For what the pool decides by how fast its workers are: another program may hold them up, so it is to be true once in a few tries. */
export async function onceOf<T>(tries: number, attempt: () => Promise<T>, isGood: (result: T) => boolean): Promise<T> {
  const seen: T[] = [];
  while (seen.length < tries) {
    const result = await attempt();
    if (isGood(result)) return result;
    seen.push(result);
  }
  return assert.fail(`Not once in ${tries} tries: ${seen.map((result) => inspect(result)).join('; ')}`);
}

/** What a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return assert.fail('it was expected to be rejected');
}

/** The error that a promise is rejected with, of a class. */
export async function rejectionOf<T extends Error>(
  type: abstract new (...args: never[]) => T,
  promise: Promise<unknown>,
): Promise<T> {
  const error = await rejection(promise);
  assert.ok(
    error instanceof type,
    `expected ${type.name}, got ${error instanceof Error ? error.stack : String(error)}`,
  );
  return error;
}
