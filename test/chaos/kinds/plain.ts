// Work that does nothing but what tasks do: values, errors, bytes, and what cannot cross.
import { NotSerializableError, type Pool } from '../../../src/index.ts';
import * as tasks from '../tasks.ts';
import {
  between,
  failedOnPurpose,
  fulfilledWhere,
  fulfilledWith,
  rejectedWhere,
  rejectedWith,
  type End,
  type Kind,
  type Scene,
} from '../work.ts';

const oddThings: readonly unknown[] = [undefined, null, 0, '', 'thrown text', -0, NaN, false];

/** One task of one call. */
function single(
  name: string,
  weight: number,
  begin: (pool: Pool, id: number, chance: () => number) => [promise: Promise<unknown>, mayBe: (end: End) => boolean],
): Kind {
  return {
    name,
    weight,
    begin({ pool, chance, newId }: Scene) {
      const id = newId();
      const [promise, mayBe] = begin(pool, id, chance);
      return { promise, mayBe, id };
    },
  };
}

export const plainKinds: readonly Kind[] = [
  single('tiny', 30, (pool, id) => [pool.run(tasks.tiny, id), fulfilledWith(id + 1)]),
  single('pause', 20, (pool, id, chance) => [pool.run(tasks.pause, id, between(chance, 0, 30)), fulfilledWith(id)]),
  single('spin', 4, (pool, id, chance) => [
    pool.run(tasks.spin, id, between(chance, 1, chance() < 0.8 ? 10 : 50)),
    fulfilledWith(id),
  ]),
  single('fail', 5, (pool, id) => [pool.run(tasks.fail, id), failedOnPurpose(id)]),
  single('fail later', 5, (pool, id, chance) => [
    pool.run(tasks.failLater, id, between(chance, 0, 10)),
    failedOnPurpose(id),
  ]),
  single('throw no error', 3, (pool, id, chance) => {
    const thing = oddThings[between(chance, 0, oddThings.length - 1)];
    return [pool.run(tasks.throwThing, id, thing), rejectedWith(thing)];
  }),
  single('portable class', 4, (pool, id) => [
    pool.run(tasks.retag, id, new tasks.Tag('tag')),
    fulfilledWhere((value) => value instanceof tasks.Tag && value.text === `tag, ${id}`),
  ]),
  single('large argument', 1, (pool, id, chance) => {
    const bytes = tasks.pattern(between(chance, 1, 4e6), id);
    return [pool.run(tasks.sum, id, bytes), fulfilledWith(tasks.sumOf(bytes))];
  }),
  single('large result', 1, (pool, id, chance) => {
    const length = between(chance, 1, 4e6);
    return [pool.run(tasks.fill, id, length), fulfilledWith(tasks.pattern(length, id))];
  }),
  single('transfer', 2, (pool, id, chance) => {
    const bytes = tasks.pattern(between(chance, 2, 1e6), id);
    const expected = bytes.slice();
    expected[1] = 42;
    const { buffer } = bytes;
    const returned = pool.with({ transfer: [buffer] }).run(tasks.giveBack, id, bytes);
    const isRight = fulfilledWith(expected);
    // What was given is gone here.
    return [returned, (end) => buffer.detached && isRight(end)];
  }),
  {
    name: 'argument cannot cross',
    weight: 3,
    begin({ pool, newId }) {
      const id = newId();
      const promise = pool.run(tasks.takeAnything, id, { deep: [() => id] });
      const mayBe = rejectedWhere(NotSerializableError, ({ path }) => path === 'args[1].deep[0]');
      // It never left, so no crash can be its end.
      return { promise, mayBe, id, isHardy: true, neverBegan: () => true };
    },
  },
  single('result cannot cross', 3, (pool, id) => [
    pool.run(tasks.giveUncrossable, id),
    rejectedWhere(NotSerializableError, ({ path }) => path === 'result.rows[1]'),
  ]),
  {
    name: 'broadcast',
    weight: 0.5,
    begin({ pool }) {
      const promise = pool.broadcast(tasks.workerId);
      return { promise, mayBe: fulfilledWhere(areDistinct) };
    },
  },
];

function areDistinct(values: unknown): boolean {
  return Array.isArray(values) && values.length > 0 && new Set(values).size === values.length;
}
