// What chaos and soak run in the workers. Each task notes its id and its attempt before it does anything else, in a file that
// outlives its worker: so that in the end it is seen that no attempt began twice, and nothing began that must not.
import { openSync, writeSync } from 'node:fs';
import { setImmediate as nextTurn, setTimeout as sleepFor } from 'node:timers/promises';

import { context, portable, task } from '../../src/index.ts';

/** Workers that have this variable note there what begins in them. */
export const notesVariable = 'POLYLOOP_CHAOS_NOTES';
const notes = process.env[notesVariable];
let notesFd: number | undefined;

function begin(id: number): void {
  if (notes === undefined) return;
  notesFd ??= openSync(notes, 'a');
  writeSync(notesFd, `${id} ${context().attempt}\n`);
}

function holdLoop(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** The error of a task that fails on purpose. */
function failure(id: number): RangeError {
  return Object.assign(new RangeError(`failed ${id}`), { id, attempt: context().attempt });
}

export const tiny = task(import.meta, function tiny(id: number): number {
  begin(id);
  return id + 1;
});

export const pause = task(import.meta, async function pause(id: number, ms: number): Promise<number> {
  begin(id);
  await sleepFor(ms);
  return id;
});

export const spin = task(import.meta, function spin(id: number, ms: number): number {
  begin(id);
  holdLoop(ms);
  return id;
});

export const fail = task(import.meta, function fail(id: number): never {
  begin(id);
  throw failure(id);
});

export const failLater = task(import.meta, async function failLater(id: number, ms: number): Promise<never> {
  begin(id);
  await sleepFor(ms);
  throw failure(id);
});

export const throwThing = task(import.meta, function throwThing(id: number, thing: unknown): never {
  begin(id);
  throw thing;
});

/** A class whose instances cross as themselves. */
export class Tag {
  static {
    portable(import.meta, this);
  }
  text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export const retag = task(import.meta, function retag(id: number, tag: Tag): Tag {
  begin(id);
  if (!(tag instanceof Tag)) throw new TypeError('no Tag has arrived');
  return new Tag(`${tag.text}, ${id}`);
});

/** Bytes that are not all the same, and the same for every place. */
export function pattern(length: number, seed: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 512) bytes[at] = seed + at / 512;
  return bytes;
}

export function sumOf(bytes: Uint8Array): number {
  let sum = bytes.length;
  for (let at = 0; at < bytes.length; at += 512) sum = (31 * sum + (bytes[at] ?? 0)) % 1_000_003;
  return sum;
}

export const sum = task(import.meta, function sum(id: number, bytes: Uint8Array): number {
  begin(id);
  return sumOf(bytes);
});

export const fill = task(import.meta, function fill(id: number, length: number): Uint8Array {
  begin(id);
  return pattern(length, id);
});

/** Gives the memory back that it was given. */
export const giveBack = task(
  import.meta,
  function giveBack(id: number, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    begin(id);
    bytes[1] = 42;
    context().transfer([bytes.buffer]);
    return bytes;
  },
);

export const giveUncrossable = task(import.meta, function giveUncrossable(id: number): unknown {
  begin(id);
  return { rows: [id, () => id] };
});

/** Never called: what it is given cannot get here. */
export const takeAnything = task(import.meta, function takeAnything(id: number, _thing: unknown): void {
  begin(id);
});

/** Pauses, but not after it is told to end. */
export const heed = task(import.meta, async function heed(id: number, ms: number): Promise<number> {
  begin(id);
  await sleepFor(ms, undefined, { signal: context().signal });
  return id;
});

/** Never ends, and leaves the loop free. */
export const never = task(import.meta, function never(id: number): Promise<never> {
  begin(id);
  return new Promise(() => {});
});

export const spinForever = task(import.meta, function spinForever(id: number): never {
  begin(id);
  for (;;);
});

/** Its input may say that it waits, or that it fails. */
export interface Item {
  readonly id: number;
  readonly ms: number;
  readonly fails?: boolean;
  /** Only in its first attempt. */
  readonly failsFirst?: boolean;
}

export const item = task(import.meta, function item({ id, ms, fails, failsFirst }: Item): number | Promise<number> {
  begin(id);
  if (fails === true || (failsFirst === true && context().attempt === 1)) throw failure(id);
  return ms === 0 ? id : sleepFor(ms, id);
});

/** For broadcasts, which give every worker the same id: it notes nothing. */
export const workerId = task(import.meta, function workerId(): number {
  return context().worker.id;
});

export const exit = task(import.meta, async function exit(id: number, afterMs: number): Promise<never> {
  begin(id);
  if (afterMs > 0) await sleepFor(afterMs);
  process.exit(3);
});

export const killSelf = task(import.meta, async function killSelf(id: number, signal: NodeJS.Signals): Promise<
  Promise<never>
> {
  begin(id);
  process.kill(process.pid, signal);
  return new Promise(() => {});
});

export const throwInTimer = task(import.meta, function throwInTimer(id: number): Promise<never> {
  begin(id);
  setTimeout(() => {
    throw failure(id);
  }, 1);
  return new Promise(() => {});
});

export const rejectUnhandled = task(import.meta, function rejectUnhandled(id: number): Promise<never> {
  begin(id);
  void Promise.reject(failure(id));
  return new Promise(() => {});
});

/** Its worker ends as soon as the result has been sent. */
export const answerThenExit = task(import.meta, async function answerThenExit(id: number): Promise<number> {
  begin(id);
  // What a turn of the loop has brought goes out in an immediate.
  setImmediate(() => setImmediate(() => process.exit(3)));
  await Promise.resolve();
  return id;
});

/** Takes memory until there is none. */
export const hoard = task(import.meta, async function hoard(id: number): Promise<never> {
  begin(id);
  const kept: unknown[] = [];
  for (;;) {
    for (let n = 0; n < 10_000; n++) kept.push({ n, text: `${n}`.repeat(20) });
    await nextTurn();
  }
});

/** Fails before its n-th attempt, in the way that it is told; then tells which attempt it is. */
export const succeedsAt = task(
  import.meta,
  async function succeedsAt(id: number, n: number, otherwise: 'throw' | 'wait' | 'exit' | 'ignore'): Promise<number> {
    begin(id);
    const { attempt, signal } = context();
    if (attempt >= n) return attempt;
    switch (otherwise) {
      case 'throw':
        throw failure(id);
      case 'wait':
        await sleepFor(1e8, undefined, { signal, ref: false });
        break;
      case 'ignore':
        await new Promise(() => {});
        break;
      case 'exit':
        await sleepFor(1);
        process.exit(3);
    }
    return -1;
  },
);
