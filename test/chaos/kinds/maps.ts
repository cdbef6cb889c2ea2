// Maps: ordered, unordered and settled, left early, failing, aborted. Each is read by a function that looks at what comes.
import { setTimeout as sleepFor } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

import type { AnySource, Results } from '../../../src/index.ts';
import { item, type Item } from '../tasks.ts';
import {
  anyOf,
  between,
  fulfilledWith,
  hardy,
  isCrash,
  isFailureOf,
  rejectedWith,
  Wrong,
  type Kind,
  type Scene,
} from '../work.ts';

function itemsOf({ chance, newId }: Scene, failShare = 0): Item[] {
  const count = between(chance, 1, chance() < 0.9 ? 60 : 600);
  const isTiny = chance() < 0.5;
  return Array.from({ length: count }, () => {
    const fails = chance() < failShare;
    return { id: newId(), ms: isTiny ? 0 : between(chance, 0, 5), ...(fails && { fails }) };
  });
}

/** A source that counts how often it is pulled and closed. */
class Watched implements Iterable<Item>, AsyncIterable<Item> {
  pulled = 0;
  closed = 0;
  readonly #items: readonly Item[];

  constructor(items: readonly Item[]) {
    this.#items = items;
  }

  *[Symbol.iterator](): Generator<Item> {
    try {
      for (const each of this.#items) {
        this.pulled++;
        yield each;
      }
    } finally {
      this.closed++;
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item> {
    try {
      for (const each of this.#items) {
        this.pulled++;
        await Promise.resolve();
        yield each;
      }
    } finally {
      this.closed++;
    }
  }

  /** As a sync source or as an async one. */
  as(how: 'sync' | 'async'): AnySource<Item> {
    return how === 'async' ? this : { [Symbol.iterator]: () => this[Symbol.iterator]() };
  }
}

function check(isRight: boolean, what: () => string): void {
  if (!isRight) throw new Wrong(what());
}

/** Reads a map to its end, and looks that it gives what was put in. */
async function readAll(results: Results<number>, items: readonly Item[], isOrdered: boolean): Promise<string> {
  const seen = new Set<number>();
  for await (const id of results) {
    check(!isOrdered || id === items[seen.size]?.id, () => `place ${seen.size} came to ${id} in an ordered map`);
    check(!seen.has(id), () => `item ${id} came twice`);
    seen.add(id);
  }
  check(
    seen.size === items.length && items.every(({ id }) => seen.has(id)),
    () => `${seen.size} of ${items.length} came`,
  );
  return 'read';
}

const isRead = fulfilledWith('read');
const isLeft = fulfilledWith('left');

export const mapKinds: readonly Kind[] = [
  {
    name: 'map, ordered',
    weight: 0.6,
    begin(scene) {
      const items = itemsOf(scene);
      return { promise: readAll(scene.pool.map(item, items), items, true), mayBe: isRead };
    },
  },
  {
    name: 'map, unordered',
    weight: 0.6,
    begin(scene) {
      const items = itemsOf(scene);
      return { promise: readAll(scene.pool.map(item, items, { ordered: false }), items, false), mayBe: isRead };
    },
  },
  {
    name: 'map, to an array',
    weight: 0.6,
    begin(scene) {
      const items = itemsOf(scene);
      return { promise: scene.pool.map(item, items).toArray(), mayBe: fulfilledWith(items.map(({ id }) => id)) };
    },
  },
  {
    name: 'map, hardy',
    // Where its items wait together, as suspects, to fail together, one of them cancels the others.
    weight: 3,
    begin(scene) {
      const items = itemsOf(scene);
      const ordered = scene.chance() < 0.5;
      const results = scene.pool.with({ retry: hardy }).map(item, items, { ordered });
      return { promise: readAll(results, items, ordered), mayBe: isRead, isHardy: true };
    },
  },
  {
    name: 'map, retried',
    weight: 2,
    begin(scene) {
      const items = itemsOf(scene).map(({ id, ms }) => ({ id, ms, failsFirst: scene.chance() < 0.5 }));
      const results = scene.pool.with({ retry: { attempts: 1_000, backoff: { initialMs: 60 } } }).map(item, items);
      return { promise: readAll(results, items, true), mayBe: isRead, isHardy: true };
    },
  },
  { name: 'map, within its window', weight: 0.6, begin: (scene) => ({ promise: readSlowly(scene), mayBe: isRead }) },
  {
    name: 'map, settled',
    weight: 1,
    // Nothing that happens to a task is a reason for the map to fail.
    begin: (scene) => ({ promise: readSettled(scene), mayBe: isRead, isHardy: true }),
  },
  {
    name: 'map, failing',
    weight: 1,
    // What it was rejected with is looked at in there, with `failure`, which a crash has as well.
    begin: (scene) => ({ promise: readFailing(scene), mayBe: isRead, isHardy: true }),
  },
  { name: 'map, left early', weight: 1, begin: (scene) => ({ promise: leaveEarly(scene), mayBe: isLeft }) },
  {
    name: 'map, aborted',
    weight: 0.6,
    begin(scene) {
      const items = itemsOf(scene);
      const controller = new AbortController();
      const reason = Object.freeze({ wanted: false });
      const results = scene.pool.with({ signal: controller.signal }).map(item, items);
      setTimeout(() => controller.abort(reason), scene.chance() * 30);
      return { promise: readAll(results, items, true), mayBe: anyOf(isRead, rejectedWith(reason)) };
    },
  },
];

/** A consumer that is slower than the workers: the source must wait for it. */
async function readSlowly(scene: Scene): Promise<string> {
  const items = itemsOf(scene);
  const source = new Watched(items);
  const window = between(scene.chance, 1, 20);
  let read = 0;
  for await (const id of scene.pool.map(item, source.as(scene.chance() < 0.5 ? 'sync' : 'async'), { window })) {
    check(id === items[read]?.id, () => `place ${read} came to ${id} in an ordered map`);
    read++;
    check(
      source.pulled - read <= window,
      () => `${source.pulled} were pulled and ${read} read, with a window of ${window}`,
    );
    if (scene.chance() < 0.1) await sleepFor(2);
  }
  check(read === items.length, () => `${read} of ${items.length} came`);
  return 'read';
}

async function readSettled(scene: Scene): Promise<string> {
  const items = itemsOf(scene, 0.1);
  const ordered = scene.chance() < 0.5;
  const seen = new Set<number>();
  for await (const entry of scene.pool.map(item, items, { ordered, settled: true })) {
    const { index } = entry;
    const input = items[index];
    check(input !== undefined && !seen.has(index), () => `index ${index} came twice or is none of ours`);
    check(!ordered || index === seen.size, () => `index ${index} came in place ${seen.size}`);
    seen.add(index);
    if (entry.status === 'fulfilled') {
      check(entry.value === input?.id && input?.fails !== true, () => `index ${index} came to ${entry.value}`);
      continue;
    }
    const { reason } = entry;
    check(isDeepStrictEqual(entry.input, input), () => `index ${index} has another input`);
    const isOwn = input?.fails === true && isFailureOf(input.id, reason);
    check(
      isOwn || isCrash(reason) || scene.isExcused(reason),
      () => `index ${index} was rejected with ${String(reason)}`,
    );
  }
  check(seen.size === items.length, () => `${seen.size} of ${items.length} came`);
  return 'read';
}

/** Some of its items fail, and it as a whole with one of them. */
async function readFailing(scene: Scene): Promise<string> {
  const items = itemsOf(scene, 0.2);
  const source = new Watched(items);
  const ordered = scene.chance() < 0.5;
  const results = scene.pool.map(item, source.as(scene.chance() < 0.5 ? 'sync' : 'async'), { ordered });
  try {
    await readAll(results, items, ordered);
  } catch (reason) {
    const { failure } = results;
    if (reason instanceof Wrong || failure === undefined) throw reason;
    const input = failure.index === undefined ? undefined : items[failure.index];
    check(failure.reason === reason, () => `it failed with ${String(reason)} and says ${String(failure.reason)}`);
    check(isDeepStrictEqual(failure.input, input), () => `failure.input is not what index ${failure.index} was`);
    const isOwn = input?.fails === true && isFailureOf(input.id, reason);
    check(isOwn || isCrash(reason) || scene.isExcused(reason), () => `it failed with ${String(reason)}`);
    check(source.closed === 1, () => `the source was closed ${source.closed} times`);
    return 'read';
  }
  check(!items.some(({ fails }) => fails === true), () => 'it came to its end although items fail');
  return 'read';
}

async function leaveEarly(scene: Scene): Promise<string> {
  const items = itemsOf(scene);
  const source = new Watched(items);
  const wanted = between(scene.chance, 1, items.length);
  let read = 0;
  for await (const id of scene.pool.map(item, source.as(scene.chance() < 0.5 ? 'sync' : 'async'))) {
    check(id === items[read]?.id, () => `place ${read} came to ${id} in an ordered map`);
    if (++read === wanted) break;
  }
  check(source.closed === 1, () => `the source was closed ${source.closed} times`);
  return 'left';
}
