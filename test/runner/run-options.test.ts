// What `with` binds: to nothing, and to what was bound before.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MessageChannel } from 'node:worker_threads';

import { InvalidOptionError } from '../../src/index.ts';
import { bindOptions, type RunOptions } from '../../src/runner/run-options.ts';
import { noOptions, type TaskOptions } from '../../src/task/submission.ts';

const bind = (...given: RunOptions[]): TaskOptions => given.reduce<TaskOptions>(bindOptions, noOptions);

/** Those that are bound to something. */
const said = (options: TaskOptions): Partial<TaskOptions> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

describe('bound options', () => {
  it('are none where none are given, or only undefined ones', () => {
    assert.deepEqual(said(bind({})), {});
    const none = { signal: undefined, timeoutMs: undefined, queueTimeoutMs: undefined, retry: undefined };
    assert.deepEqual(said(bind({ ...none, transfer: undefined } as never)), {});
  });

  it('cannot be changed, and leave what they are bound to as it was', () => {
    const bound = bind({ timeoutMs: 100 });
    const both = bindOptions(bound, { timeoutMs: 50, queueTimeoutMs: 7 });
    assert.deepEqual([said(bound), said(both)], [{ timeoutMs: 100 }, { timeoutMs: 50, queueTimeoutMs: 7 }]);
    assert.ok(Object.isFrozen(both));
  });

  it('are none that a program has put on Object.prototype', () => {
    const { prototype } = Object;
    const added = { signal: 1, timeoutMs: 5, transfer: 1, retry: {}, attempts: 1, key: 'k', priority: 1 };
    Object.assign(prototype, added);
    try {
      const { retry, ...others } = said(bind({}, { queueTimeoutMs: 7 }, { retry: {} }));
      assert.deepEqual(others, { queueTimeoutMs: 7 });
      assert.notEqual(retry?.delayMs(2, 'error', undefined), undefined);
    } finally {
      for (const name of Object.keys(added)) Reflect.deleteProperty(prototype, name);
    }
  });

  it('are those that an object inherits from another as well', () => {
    assert.equal(bind(Object.create({ timeoutMs: 5 }) as RunOptions).timeoutMs, 5);
  });

  for (const name of ['timeoutMs', 'queueTimeoutMs'] as const) {
    it(`take the shorter \`${name}\`, and Infinity for none`, () => {
      assert.deepEqual(said(bind({ [name]: 100 }, { [name]: 50 })), { [name]: 50 });
      assert.deepEqual(said(bind({ [name]: 50 }, { [name]: 100 })), { [name]: 50 });
      assert.deepEqual(said(bind({ [name]: 50 }, { [name]: Infinity })), { [name]: 50 }, 'it cannot be lifted');
      assert.deepEqual(said(bind({ [name]: Infinity })), {});
      assert.deepEqual(said(bind({ [name]: 0 })), { [name]: 0 });
      assert.deepEqual(said(bind({ [name]: 5 }, {}, { [name]: undefined } as never)), { [name]: 5 });
    });
  }

  it('keep each of the two times apart', () => {
    assert.deepEqual(said(bind({ timeoutMs: 10 }, { queueTimeoutMs: 5 }, { timeoutMs: 20 })), {
      timeoutMs: 10,
      queueTimeoutMs: 5,
    });
  });

  it('add signals up: whichever is aborted first, with its own reason', () => {
    for (const first of [0, 1, 2]) {
      const controllers = [new AbortController(), new AbortController(), new AbortController()];
      const { signal } = bind(...controllers.map(({ signal: given }) => ({ signal: given })));
      assert.equal(signal?.aborted, false);
      controllers[first]?.abort(`from ${first}`);
      assert.deepEqual([signal?.aborted, signal?.reason], [true, `from ${first}`]);
    }
  });

  it('have a lone signal as it is, also where it is bound twice', () => {
    const { signal } = new AbortController();
    assert.equal(bind({ signal }).signal, signal);
    assert.equal(bind({ signal }, { signal }).signal, signal);
    assert.equal(bind({ signal }, { timeoutMs: 5 }).signal, signal);
  });

  it('are aborted at once where a signal is', () => {
    const { signal } = bind({ signal: new AbortController().signal }, { signal: AbortSignal.abort('before') });
    assert.deepEqual([signal?.aborted, signal?.reason], [true, 'before']);
  });

  it('take the nearer `retry` and the nearer `transfer`', () => {
    const { retry } = bind({ retry: { attempts: 5 } }, { retry: { attempts: 1 } });
    assert.equal(retry?.delayMs(1, 'error', undefined), undefined);
    const [one, other] = [[new ArrayBuffer(1)], [new ArrayBuffer(2)]];
    assert.equal(bind({ transfer: one }, { transfer: other }).transfer, other);
  });

  it('take ports and buffers to move, and say what to write instead of a view', () => {
    const { port1, port2 } = new MessageChannel();
    const transfer = [new ArrayBuffer(1), port1];
    assert.deepEqual(said(bind({ transfer })), { transfer });
    port1.close();
    port2.close();
    assert.throws(
      () => bind({ transfer: [new ArrayBuffer(1), new Uint8Array(1) as never] }),
      new InvalidOptionError(
        'transfer',
        '`transfer[1]` is a view; what can be moved is its memory: write `.buffer` behind it.',
      ),
    );
  });

  it('refuse `transfer` together with `retry`, in one call or in two', () => {
    const transfer = [new ArrayBuffer(1)];
    for (const given of [[{ transfer, retry: {} }], [{ transfer }, { retry: {} }], [{ retry: {} }, { transfer }]]) {
      assert.throws(
        () => bind(...given),
        (error: unknown) => {
          assert.ok(error instanceof InvalidOptionError);
          assert.equal(error.option, 'retry');
          assert.match(error.message, /^`retry` and `transfer` exclude each other: .*Leave `transfer` out/);
          return true;
        },
      );
    }
  });

  const wrong: [options: unknown, says: RegExp][] = [
    [null, /^with\(\) takes an object of options; it was given null \(object\)\.$/],
    ['fast', /^with\(\) takes an object of options; it was given 'fast' \(string\)\.$/],
    [{ timeoutMs: '10s' }, /^`timeoutMs` takes a number of milliseconds from 0 to 2147483647, or Infinity; .*'10s'/],
    [{ timeoutMs: -1 }, /^`timeoutMs` takes a number of milliseconds/],
    [{ timeoutMs: NaN }, /^`timeoutMs` .* given NaN \(number\)\.$/],
    [{ timeoutMs: null }, /^`timeoutMs` .* given null \(object\)\.$/],
    [{ queueTimeoutMs: 2 ** 31 }, /^`queueTimeoutMs` takes a number of milliseconds/],
    [{ signal: {} }, /^`signal` takes an AbortSignal; it was given an object\.$/],
    [{ signal: new AbortController() }, /^`signal` takes an AbortSignal; it was given an object\.$/],
    [{ transfer: new ArrayBuffer(1) }, /^`transfer` takes an array of ArrayBuffers .* given an object\.$/],
    [{ retry: 3 }, /^`retry` takes \{ attempts, on, backoff \}; it was given 3 \(number\)\.$/],
    [{ retry: { atempts: 3 } }, /^Unknown option `atempts`; did you mean `attempts`\?$/],
    [{ retries: 3 }, /^Unknown option `retries`; known are `transfer`, `signal`, .*`retry`\.$/],
    [{ timeout: 3 }, /^Unknown option `timeout`; did you mean `timeoutMs`\?$/],
    [{ queueTimeout: 3 }, /^Unknown option `queueTimeout`; did you mean `queueTimeoutMs`\?$/],
    [{ key: {} }, /^`key` takes a string or a number; it was given an object\.$/],
    [{ key: NaN }, /^`key` takes a string or a number/],
    [{ priority: 1.5 }, /^`priority` takes a whole number; it was given 1\.5 \(number\)\.$/],
    [{ priority: 'high' }, /^`priority` takes a whole number/],
    [{ onReport: 'log' }, /^`onReport` takes a function/],
    [{ prio: 1 }, /^Unknown option `prio`; known are/],
    [JSON.parse('{"__proto__":1}'), /^Unknown option `__proto__`; known are/],
    [{ constructor: 1 }, /^Unknown option `constructor`; known are/],
  ];
  for (const [options, says] of wrong) {
    it(`are refused where they are ${JSON.stringify(options)}, ${says.source.slice(1, 30)}`, () => {
      assert.throws(
        () => bind(options as RunOptions),
        (error) => {
          assert.ok(error instanceof InvalidOptionError && error instanceof TypeError);
          assert.match(error.message, says);
          return true;
        },
      );
    });
  }
});
