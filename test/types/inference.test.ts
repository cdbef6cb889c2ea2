// What the types know. The compiler is the test: this file must type-check, and each `@ts-expect-error` must be one.
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { it } from 'node:test';

import {
  context,
  Pool,
  task,
  tasksFrom,
  type Results,
  type Runner,
  type Settled,
  type StreamCall,
  type TaskFunction,
} from '../../src/index.ts';

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

const count = task('file:///types/a.ts', async function* count(to: number): AsyncGenerator<number> {
  for (let n = 0; n < to; n++) yield n;
});
const words = task('file:///types/a.ts', function words(text: string): string[] {
  return text.split(' ');
});
const pages = task('file:///types/a.ts', async function pages(site: URL): Promise<AsyncIterable<{ title: string }>> {
  return (async function* () {
    yield { title: site.href };
  })();
});
const same = task('file:///types/a.ts', function same<T>(value: T): T {
  return value;
});
const anything = task('file:///types/a.ts', function anything(value: unknown): unknown {
  return value;
});
class Account {
  owner = '';
  rename(owner: string): void {
    this.owner = owner;
  }
}
const close = task('file:///types/a.ts', async function close(account: Account, when?: Date): Promise<boolean> {
  return account.owner === String(when);
});
const callsBack = task('file:///types/a.ts', async function callsBack(url: string, onDone: () => void): Promise<void> {
  if (url) onDone();
});
const callsAll = task('file:///types/a.ts', function callsAll(all: (() => void)[]): number {
  return all.length;
});
const awaits = task('file:///types/a.ts', function awaits(one: Promise<number>): Promise<number> {
  return one;
});
const bySymbol = task('file:///types/a.ts', function bySymbol(key: symbol): string {
  return String(key);
});
const mayCallBack = task('file:///types/a.ts', function mayCallBack(n: number, onDone?: () => void): number {
  onDone?.();
  return n;
});
const restore = task('file:///types/a.ts', function restore(value: string, fn: () => unknown): unknown {
  return value && fn();
});

const summed = task('file:///types/a.ts', async function summed(numbers: AsyncIterable<number>): Promise<number> {
  return (await Array.fromAsync(numbers)).length;
});
const sized = task(
  'file:///types/a.ts',
  async function sized(
    body: ReadableStream<Uint8Array>,
    options: { signal: AbortSignal; log?: Readable },
  ): Promise<number> {
    return (await Array.fromAsync(body)).length + (options.signal.aborted ? 1 : 0);
  },
);

/** Never called: arguments that are read while the task runs, and messages. */
export async function typedFeeding(pool: Pool, text: AsyncIterable<string>): Promise<void> {
  expectType<Promise<number>>()(pool.run(summed, count(3)));
  expectType<Promise<number>>()(pool.run(summed, Readable.from([1])));
  expectType<Promise<number>>()(pool.run(summed, ReadableStream.from([1])));
  expectType<Results<number>>()(pool.map(summed, [count(1), count(2)]));
  const { signal } = new AbortController();
  expectType<Promise<number>>()(pool.run(sized, new ReadableStream<Uint8Array>(), { signal, log: Readable.from([]) }));
  // @ts-expect-error: values of the wrong type
  void pool.run(summed, text);
  // @ts-expect-error: a stream of values of the wrong type
  void pool.run(sized, new ReadableStream<string>(), { signal });
  // @ts-expect-error: a controller is no signal
  void pool.run(sized, new ReadableStream<Uint8Array>(), { signal: new AbortController() });
  expectType<Promise<boolean>>()(pool.stream(count, 3).send({ any: 'thing' }));
  expectType<AsyncIterable<unknown>>()(context().messages);
}

/** Never called: streams, options that are bound, and what hands on a task function. */
export function typedRest(pool: Pool, runner: Runner): void {
  expectType<StreamCall<number>>()(pool.stream(count, 3));
  expectType<StreamCall<string>>()(runner.stream(words, 'a b'));
  expectType<StreamCall<{ title: string }>>()(pool.stream(pages, new URL('http://a/')));
  // @ts-expect-error: an argument of the wrong type
  pool.stream(count, '3');
  // @ts-expect-error: what it returns cannot be iterated
  pool.stream(close, new Account());

  const bound = pool.with({ priority: 1, key: 'a', timeoutMs: 5 }).with({ signal: AbortSignal.timeout(1) });
  expectType<Runner>()(bound);
  expectType<Promise<number>>()(bound.run(length, 'a'));
  expectType<Results<Settled<number, string>>>()(bound.map(length, ['a'], { settled: true, window: 5 }));
  expectType<StreamCall<number>>()(bound.stream(count, 1));
  expectType<Promise<boolean[]>>()(pool.broadcast(close, new Account()));
  // @ts-expect-error: no such option
  pool.with({ timeout: 5 });
  // @ts-expect-error: retry says what it is for
  pool.with({ retry: { on: ['timeouts'] } });
  // @ts-expect-error: a report is heard by a function
  pool.with({ onReport: true });
  // @ts-expect-error: an argument of the wrong type
  void pool.broadcast(close, 'account');
  // @ts-expect-error: only a pool broadcasts
  bound.broadcast(close, new Account());

  expectType<Promise<unknown>>()(pool.run(anything, new Account()));
  expectType<Promise<boolean>>()(pool.run(close, new Account(), new Date()));
  expectType<Promise<number>>()(pool.run(mayCallBack, 1));
  void pool.run(same, 'a');

  // Who hands a task function on need not know what it takes.
  const twice = async <Args extends unknown[], R>(
    fn: TaskFunction<(...args: Args) => R>,
    ...args: Args
  ): Promise<R[]> => [await (pool.run(fn, ...args) as Promise<R>)];
  expectType<Promise<string[]>>()(twice(upper, 'a'));

  // @ts-expect-error: a function cannot cross
  void pool.run(callsBack, 'http://a/', () => {});
  // @ts-expect-error: functions cannot cross, in a list neither
  void pool.run(callsAll, [() => {}]);
  // @ts-expect-error: functions cannot cross
  pool.map(callsAll, [[() => {}]]);
  // @ts-expect-error: a promise cannot cross
  void pool.run(awaits, Promise.resolve(1));
  // @ts-expect-error: a symbol cannot cross
  void pool.broadcast(bySymbol, Symbol.iterator);
  // @ts-expect-error: nor can it where options are bound
  void bound.run(bySymbol, Symbol.iterator);
  void callsBack('called directly it may be what it likes', () => {});

  void new Pool({ propagate: { capture: () => 'trace', restore } });
  // @ts-expect-error: what restores is a task function
  void new Pool({ propagate: { capture: () => 'trace', restore: (value: string, fn: () => unknown) => fn() } });
  expectType<boolean>()(context().report({ any: 'thing' }));
  const found = tasksFrom<{ each(items: string[], fn: () => void): void; one(item: string): number }>('file:///a.ts');
  expectType<Promise<number>>()(pool.run(found.one, 'a'));
  // @ts-expect-error: a function cannot cross
  void pool.run(found.each, [], () => {});
}

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
  assert.equal(typeof typedRest, 'function');
});
