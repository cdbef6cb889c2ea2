// Views of a part of their memory, made where they are sent from; the rest of that memory is somebody else's.
import { AsyncLocalStorage } from 'node:async_hooks';

import { context, portable, task } from '../support/task.ts';

/** What stands in memory that must not come along. */
export const strange = 0xee;
const own = 0x11;

class Frame {
  static {
    portable(import.meta, this);
  }
  pixels: unknown;
  constructor(pixels: unknown) {
    this.pixels = pixels;
  }
}

const types = [
  ...[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array],
  ...[Float32Array, Float64Array, BigInt64Array, BigUint64Array, DataView],
] as unknown as (new (memory: ArrayBuffer, byteOffset: number, length: number) => ArrayBufferView)[];
const float16 = (globalThis as { Float16Array?: (typeof types)[number] }).Float16Array;
if (float16 !== undefined) types.push(float16);

/** 16 bytes in the middle of 100,000. */
function partOf(type: (typeof types)[number]): ArrayBufferView {
  const memory = new ArrayBuffer(100_000);
  new Uint8Array(memory).fill(strange);
  new Uint8Array(memory, 4_096, 16).fill(own);
  const { BYTES_PER_ELEMENT: bytes = 1 } = type as { BYTES_PER_ELEMENT?: number };
  return new type(memory, 4_096, 16 / bytes);
}

function onSlab(): Uint8Array {
  const buffer = Buffer.from('own bytes only!!');
  new Uint8Array(buffer.buffer).fill(strange);
  buffer.fill(own);
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}

const part = (): ArrayBufferView => partOf(Uint8Array as never);

/** Each with how many bytes it may bring along. */
export const views: Record<string, () => unknown> = {
  'a view of a slab': onSlab,
  'a Buffer of a part': () => Buffer.from(part().buffer as ArrayBuffer, 4_096, 16),
  'a view of resizable memory': () => {
    const memory = new ArrayBuffer(1_000, { maxByteLength: 2_000 });
    new Uint8Array(memory).fill(strange);
    return new Uint8Array(memory, 1_000 - 16).fill(own);
  },
  'a view of nothing': () => new Uint8Array(new ArrayBuffer(100), 50, 0),
  'a view in a list': () => [part(), [part()]],
  'a view in a Map, as key and value': () => new Map([[part(), part()]]),
  'a view in a Set': () => new Set([part()]),
  'a view in an instance of a class': () => Object.assign(new (class Plain {})(), { part: part() }),
  'a view in an instance of a portable class': () => new Frame(part()),
  'a view in an error': () => Object.assign(new Error('with bytes', { cause: part() }), { part: part() }),
  'a view twice': () => {
    const twice = part();
    return [twice, twice];
  },
};
for (const type of types) views[`a ${type.name}`] = () => partOf(type);

/** Gives away what it makes, in each way that a task can. */
export const giveView = task(import.meta, function giveView(name: string): unknown {
  return views[name]?.();
});

export const yieldView = task(import.meta, function* yieldView(name: string): Generator<unknown> {
  yield views[name]?.();
});

export const reportView = task(import.meta, function reportView(name: string): void {
  context().report(views[name]?.());
});

export const throwView = task(import.meta, function throwView(name: string): never {
  throw Object.assign(new Error('thrown'), { value: views[name]?.() });
});

/** What it was given, as it arrived here: how much memory it brings along, and whether any of that is strange. */
export const weigh = task(import.meta, function weigh(value: unknown): Weight {
  return weightOf(value);
});

export const weighReason = task(import.meta, function weighReason(): Promise<Weight> {
  const { signal } = context();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => {
      const weight = weightOf(signal.reason);
      context().report(weight);
      resolve(weight);
    });
    context().report('waiting');
  });
});

export const keepForWeighing = task(import.meta, function keepForWeighing(value: unknown): Weight {
  return weightOf(value);
});

export const weighState = task(import.meta, function weighState(): unknown {
  return context().worker.state;
});

export const carried = new AsyncLocalStorage<unknown>();

export const restoreView = task(import.meta, function restoreView(value: unknown, fn: () => unknown): unknown {
  return carried.run(value, fn);
});

export const weighCarried = task(import.meta, function weighCarried(): Weight {
  return weightOf(carried.getStore());
});

/** What it reads from an argument, and what it is sent. */
export const weighRead = task(import.meta, async function weighRead(source: AsyncIterable<unknown>): Promise<Weight[]> {
  const weights: Weight[] = [];
  for await (const value of source) weights.push(weightOf(value));
  return weights;
});

export const weighMessages = task(import.meta, async function* weighMessages(): AsyncGenerator<Weight> {
  for await (const message of context().messages) yield weightOf(message);
});

export interface Weight {
  readonly views: number;
  /** In views. */
  readonly bytes: number;
  /** Of those bytes. */
  readonly sum: number;
  /** In the memory behind them. */
  readonly memoryBytes: number;
  readonly isStrange: boolean;
}

export function weightOf(value: unknown): Weight {
  const found = new Set<ArrayBufferView>();
  const seen = new Set<unknown>();
  const walk = (at: unknown): void => {
    if (typeof at !== 'object' || at === null || seen.has(at)) return;
    seen.add(at);
    if (ArrayBuffer.isView(at)) found.add(at);
    else if (at instanceof Map) for (const entry of at) walk(entry);
    else if (at instanceof Set) for (const member of at) walk(member);
    else for (const key of Object.getOwnPropertyNames(at)) walk((at as Record<string, unknown>)[key]);
  };
  walk(value);
  const memory = new Set([...found].map(({ buffer }) => buffer));
  const sum = (numbers: number[]): number => numbers.reduce((one, other) => one + other, 0);
  return {
    views: found.size,
    bytes: sum([...found].map(({ byteLength }) => byteLength)),
    sum: sum([...found].map((at) => sum(Array.from(new Uint8Array(at.buffer, at.byteOffset, at.byteLength))))),
    memoryBytes: sum([...memory].map(({ byteLength }) => byteLength)),
    isStrange: [...memory].some((bytes) => new Uint8Array(bytes).includes(strange)),
  };
}
