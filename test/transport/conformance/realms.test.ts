// What comes from another realm (jest, vitest's vm pools, node:vm) crosses as what it is, as if it came from this one.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';

import { NotSerializableError, Pool, portable, tasksFrom, type PoolOptions } from '../../../src/index.ts';
import { foreign, foreignValues } from '../../support/realms.ts';
import { kinds, makePool, rejection, sharedPool, until, watch } from '../../support/pools.ts';
import { echo, increment, sleep } from '../../tasks/basic.ts';
import { lengthLater } from '../../tasks/bytes.ts';
import { waitForAbort } from '../../tasks/feeding.ts';
import * as tasks from '../../tasks/foreign.ts';
import { Money } from '../../tasks/portables.ts';
import * as own from '../../tasks/values.ts';

watch();

const theirs = foreignValues();
assert.ok(!(theirs.values['maps'] instanceof Map), 'it is another realm');

interface Sent {
  readonly of: [group: string, name: string, place: string];
  readonly sent: unknown;
  readonly expected: unknown;
}

/** Each value in each container, of both realms. */
const cases: Sent[] = [];
for (const [place, { wrap, arrives = wrap }] of Object.entries(own.containers)) {
  const there = theirs.containers[place]?.wrap;
  for (const name of Object.keys(own.telling)) {
    const expected = arrives(own.telling[name]);
    cases.push({ of: ['telling', name, place], sent: there?.(theirs.telling[name]), expected });
  }
  for (const name of Object.keys(own.changing)) {
    const expected = arrives(own.changing[name]?.arrives);
    cases.push({ of: ['changing', name, place], sent: there?.(theirs.changing[name]?.value), expected });
  }
}

const refusals = Object.keys(own.containers)
  .filter((place) => own.containers[place]?.isError !== true)
  .flatMap((place) =>
    Object.keys(own.refused).map((name) => ({
      of: [name, place],
      sent: theirs.containers[place]?.wrap(theirs.refused[name]?.value),
      why: own.refused[name]?.why ?? /never/,
      path: `args[0]${own.containers[place]?.path}`,
    })),
  );

for (const kind of kinds) {
  describe(`from another realm, over ${kind}`, () => {
    const shared = sharedPool({ kind, workers: 1 });

    it('each value in each container arrives', async () => {
      const back = await Promise.all(cases.map(({ sent }) => shared().run(echo, sent)));
      const wrong = cases.filter(({ expected }, at) => !isDeepStrictEqual(back[at], expected));
      assert.deepEqual(
        wrong.map(({ of }) => of),
        [],
      );
    });

    it('each value in each container arrives as a result', async () => {
      const back = await Promise.all(cases.map(({ of }) => shared().run(tasks.giveForeign, of)));
      const wrong = cases.filter(({ expected }, at) => !isDeepStrictEqual(back[at], expected));
      assert.deepEqual(
        wrong.map(({ of }) => of),
        [],
      );
    });

    it('what cannot cross is refused for the same reason', async () => {
      const ends = await Promise.allSettled(refusals.map(({ sent }) => shared().run(echo, sent)));
      const wrong = refusals.filter(({ why, path }, at) => {
        const { reason } = ends[at] as { reason?: unknown };
        return !(reason instanceof NotSerializableError) || !reason.path.startsWith(path) || !why.test(reason.message);
      });
      assert.deepEqual(
        wrong.map(({ of }, at) => [of, ends[at]]),
        [],
      );
    });

    it('instances of portable classes arrive, in its Maps and Sets too', async () => {
      const wrap = foreign<(value: unknown) => unknown>('(value) => ({ map: new Map([[value, new Set([value])]]) })');
      const money = new Money(3);
      const { map } = (await shared().run(echo, wrap(money))) as { map: Map<Money, Set<Money>> };
      const [[key, set]] = [...map] as [[Money, Set<Money>]];
      assert.ok(key instanceof Money && set.has(key));
    });

    for (const [expression, type] of [
      ["Object.assign(new TypeError('m', { cause: new RangeError('c') }), { code: 'E' })", TypeError],
      ["new AggregateError([new SyntaxError('c')], 'm')", AggregateError],
      ["new (class HttpError extends URIError {})('m')", URIError],
      ["Object.create(Error.prototype, { message: { value: 'm' } })", Error],
    ] as const) {
      it(`an error is thrown as an error of the same class, with the line of the caller: ${expression}`, async () => {
        async function theCaller(): Promise<void> {
          await shared().run(tasks.throwForeign, expression);
        }
        const error = (await rejection(theCaller())) as Error & { code?: string };
        assert.equal(Object.getPrototypeOf(error), type.prototype);
        assert.equal(error.message, 'm');
        if (expression.includes('code')) {
          assert.equal(error.code, 'E');
          assert.ok(error.cause instanceof RangeError);
        }
        assert.match(error.stack ?? '', /theCaller .*\(submitted from\)/);
      });
    }

    it('promises, generators and reports of a task are what they are', async () => {
      assert.deepEqual(await shared().run(tasks.promiseForeign, '{ a: new Map([[1, 2]]) }'), { a: new Map([[1, 2]]) });
      assert.deepEqual(await Array.fromAsync(shared().stream(tasks.streamForeign, 3)), [0, 1, 2]);
      const reports: unknown[] = [];
      await shared()
        .with({ onReport: (value) => reports.push(value) })
        .run(tasks.reportForeign, "[new Error('reported')]");
      assert.deepEqual(reports, [[new Error('reported')]]);
    });

    it('options, sources, arguments and transfer lists are taken', async (t) => {
      const options = foreign<(rest: object) => PoolOptions>(
        '(rest) => ({ workers: { min: 1, max: 1 }, execArgv: [], ...rest })',
      )({ kind });
      const pool = makePool(t, kind === 'inline' ? { kind, ...foreign('({ workers: 1 })') } : options);
      assert.deepEqual(await pool.map(increment, foreign('[1, 2, 3]')).toArray(), [2, 3, 4]);
      assert.deepEqual(await pool.map(increment, foreign('new Set([1, 2])')).toArray(), [2, 3]);
      assert.deepEqual(
        await pool.map(increment, foreign('(function* () { yield 1; yield Promise.resolve(2); })()')).toArray(),
        [2, 3],
      );
      assert.deepEqual(await pool.map(increment, foreign('(async function* () { yield 1; })()')).toArray(), [2]);
      const retry = foreign<{ attempts: number }>("({ attempts: 2, on: ['error'], backoff: { initialMs: 1 } })");
      assert.match(
        String(await rejection(pool.with({ retry }).run(tasks.throwForeign, "new Error('twice')"))),
        /twice/,
      );
      const memory = foreign<ArrayBuffer>('new ArrayBuffer(8)');
      assert.equal(
        await pool
          .with({ transfer: foreign<(m: unknown) => ArrayBuffer[]>('(m) => [m]')(memory) })
          .run(lengthLater, memory, 0),
        8,
      );
      assert.ok(memory.detached);
    });

    it('an abort reason arrives, and rejects as itself', async () => {
      const reports: unknown[] = [];
      const controller = new AbortController();
      const reason = foreign("Object.assign(new RangeError('enough'), { list: [new Map()] })");
      const ended = rejection(
        shared()
          .with({ signal: controller.signal, onReport: (value) => reports.push(value) })
          .run(tasks.reasonOf),
      );
      await until(() => reports.length > 0, 'it waits');
      controller.abort(reason);
      assert.equal(await ended, reason);
    });

    it('a signal of a library is heeded, alone, together with one of the platform, and as an argument', async (t) => {
      /** As jsdom has: not Node's, but with all that a signal has. */
      class OtherSignal extends EventTarget {
        aborted = false;
        reason: unknown;
        abort(reason: unknown): void {
          this.aborted = true;
          this.reason = reason;
          this.dispatchEvent(new Event('abort'));
        }
      }
      const pool = makePool(t, { kind });
      for (const isBound of [false, true]) {
        const signal = new OtherSignal();
        const runner = isBound ? pool.with({ signal: new AbortController().signal }) : pool;
        const ended = rejection(
          runner.with({ signal: signal as unknown as AbortSignal, timeoutMs: 60_000 }).run(sleep, 100),
        );
        signal.abort('enough');
        assert.equal(await ended, 'enough');
        assert.equal(
          await rejection(runner.with({ signal: signal as unknown as AbortSignal }).run(sleep, 1)),
          'enough',
        );
        const argument = new OtherSignal();
        const heard = pool.run(waitForAbort, argument as unknown as AbortSignal);
        argument.abort('heard');
        assert.equal(await heard, 'heard');
        assert.equal(await pool.run(waitForAbort, argument as unknown as AbortSignal), 'heard');
      }
    });
  });
}

it('a source that fails with an error of another realm rejects with it', async (t) => {
  const source = foreign<Iterable<number>>("(function* () { yield 1; throw new TypeError('of the source'); })()");
  const error = (await rejection(makePool(t, { kind: 'inline' }).map(increment, source).toArray())) as Error;
  assert.equal(error.message, 'of the source');
});

it('a URL of another realm names a module', () => {
  assert.doesNotThrow(() => tasksFrom(foreign("({ href: 'file:///a.js', searchParams: {} })")));
  assert.throws(() => tasksFrom(foreign("({ href: './a.js' })")), /takes an absolute module URL/);
});

it('a URL of a library, such as that of jsdom, is one, as a value and as an option', async (t) => {
  const url = foreign<URL>(`new (class URL {
    #parts = new (Object.getPrototypeOf(globalThis.URL.prototype).constructor)();
    get href() { return 'file:///nowhere/'; }
    get protocol() { return 'file:'; }
    get host() { return ''; }
    get origin() { return 'null'; }
    get search() { return ''; }
  })()`);
  const pool = makePool(t, { kind: 'inline', allowModules: [url], workerEntry: url });
  assert.deepEqual(await pool.run(echo, [url]), [new URL('file:///nowhere/')]);
});

it('a class that extends an error or a Map of another realm is known for one', () => {
  const meta = (name: string): { url: string } => ({ url: `file:///nowhere/realms.test.ts/${name}` });
  assert.throws(() => portable(meta('map'), foreign('class Index extends Map {}')), /extends Map, whose content/);
  portable(meta('error'), foreign('class OtherError extends TypeError {}'));
});

it('options that are none are refused, of whatever realm', () => {
  assert.throws(() => new Pool(foreign("({ kind: 'proces' })")), /`kind`/);
  assert.throws(() => new Pool(foreign('({ workers: [] })')), /`workers`/);
});
