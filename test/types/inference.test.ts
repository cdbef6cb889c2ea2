// What the types know. The compiler is the test: this file must type-check, and each `@ts-expect-error` must be one.
import assert from 'node:assert/strict';
import { it } from 'node:test';

import { Pool, task, tasksFrom, type Results, type Runner, type Settled } from '../../src/index.ts';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function expectType<Expected>() {
  return <Actual>(
    _value: Actual,
    ..._proof: Same<Actual, Expected> extends true ? [] : ['is not the type that was expected']
  ): void => {};
}

const length = task('file:///types/a.ts', async function length(text: string, times: number = 1): Promise<number> {
  return text.length * times;
});
const upper = task('file:///types/a.ts', function upper(text: string): string {
  return text.toUpperCase();
});

/** Never called: only its types matter. */
export function typed(pool: Pool, runner: Runner): void {
  expectType<Promise<number>>()(pool.run(length, 'a'));
  expectType<Promise<number>>()(pool.run(length, 'a', 2));
  expectType<Promise<string>>()(runner.run(upper, 'a'));
  expectType<Promise<string>>()(pool.with({ transfer: [] }).run(upper, 'a'));
  expectType<Promise<string[]>>()(pool.broadcast(upper, 'a'));
  expectType<Results<number>>()(pool.map(length, ['a']));
  expectType<Results<string>>()(pool.map(upper, new Set(['a']), { ordered: false }));
  expectType<Results<Settled<string, string>>>()(pool.map(upper, ['a'], { settled: true }));
  expectType<Promise<number[]>>()(
    pool
      .map(
        length,
        (async function* () {
          yield 'a';
        })(),
      )
      .toArray(),
  );
  const plain = tasksFrom<typeof import('../tasks/plain.ts')>(new URL('../tasks/plain.ts', import.meta.url));
  expectType<Promise<string>>()(pool.run(plain.shout, 'a'));
  expectType<Promise<string>>()(pool.run(plain.default, 1));
  // @ts-expect-error: an argument of the wrong type
  void pool.run(length, 7);
  // @ts-expect-error: an argument is missing
  void pool.run(length);
  // @ts-expect-error: one argument too many
  void pool.run(upper, 'a', 'b');
  // @ts-expect-error: a source of the wrong type
  pool.map(upper, [1, 2]);
  // @ts-expect-error: a plain function is no task function
  void pool.run((text: string) => text, 'a');
  // @ts-expect-error: not a function of the module
  void plain.notAFunction;
  // @ts-expect-error: no such option
  void new Pool({ concurency: 1 });
  // @ts-expect-error: no such kind
  void new Pool({ kind: 'fork' });
  // @ts-expect-error: called directly it keeps its types
  void upper(1);
}

it('the types were checked by the compiler', () => {
  assert.equal(typeof typed, 'function');
});
