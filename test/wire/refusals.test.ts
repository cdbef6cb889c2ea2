// No object of Node's, or of the engine's, crosses as `{}`, or as a part of itself, without a word. The classes are not chosen: they
// are all that the globals and the modules of Node offer and that can be made without arguments.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { isDeepStrictEqual, MIMEType } from 'node:util';
import vm from 'node:vm';

import { NotSerializableError } from '../../src/index.ts';
import type { ModuleLoader } from '../../src/wire/module-loader.ts';
import { pack } from '../../src/wire/pack.ts';
import { whenUnpacked } from '../../src/wire/unpack.ts';

const modules = [
  ...[
    'async_hooks',
    'buffer',
    'crypto',
    'diagnostics_channel',
    'dns',
    'events',
    'fs',
    'http',
    'module',
    'net',
    'perf_hooks',
  ],
  ...['readline', 'stream', 'string_decoder', 'url', 'util', 'v8', 'vm', 'worker_threads', 'zlib'],
];

/** What cannot be made without arguments, or is not made by a constructor. */
const made: (() => unknown)[] = [
  () => new Event('open'),
  () => new CustomEvent('open', { detail: 1 }),
  () => new MessageEvent('message', { data: 1 }),
  () => new MIMEType('text/plain;charset=utf-8'),
  () => performance.mark('here'),
  () => performance.nodeTiming,
  () => performance,
  () => navigator,
  () => globalThis.crypto,
  () => new CompressionStream('gzip'),
  () => crypto.createECDH('prime256v1'),
  () => crypto.createHash('sha256'),
  () => crypto.createHmac('sha256', 'key'),
  () => crypto.createSecretKey(Buffer.from('key')),
  () => crypto.createCipheriv('aes-128-cbc', Buffer.alloc(16), Buffer.alloc(16)),
  () => crypto.getDiffieHellman('modp1'),
  () => readdirSync('.', { withFileTypes: true })[0],
  () => createReadStream('/dev/null').destroy(),
  () => new vm.Script('1'),
  () => new WeakRef({}),
  () => ([1].values() as unknown as { take(n: number): unknown }).take(1),
  () => new Intl.Segmenter('en').segment('text'),
  () => AbortSignal.abort(),
  () => new Request('http://localhost/'),
];

/** To make one would start something; errors arrive as errors; and three are records. */
const notForThis = new Set(['ClientRequest', 'Buffer', 'SlowBuffer', 'QuotaExceededError', 'Stats', 'Url', 'Module']);

function* instances(): Generator<[name: string, value: object]> {
  for (const make of made) yield [String(make), make() as object];
  for (const holder of [globalThis, ...modules.map((name) => process.getBuiltinModule(name) as object)]) {
    for (const [name, { value: type }] of Object.entries(Object.getOwnPropertyDescriptors(holder))) {
      if (typeof type !== 'function' || !/^[A-Z]/.test(name) || notForThis.has(name)) continue;
      try {
        const instance = Reflect.construct(type as never, []) as unknown;
        if (typeof instance === 'object' && instance !== null) yield [name, instance];
      } catch {
        // It takes arguments, or is no constructor.
      }
    }
  }
}

const noModules: ModuleLoader = {
  whyNot: () => 'nothing is loaded here',
  load: () => Promise.reject(new Error('nothing is loaded here')),
};

/** What arrives; a {@link NotSerializableError} where it is refused. */
function sent(value: unknown): unknown {
  try {
    const { body, isPacked } = pack(value, 'it', { whole: true, sharesMemory: true });
    if (!isPacked) return body;
    let back: unknown;
    whenUnpacked(structuredClone(body), 'it', noModules, (unpacked) => (back = unpacked));
    return back;
  } catch (error) {
    return error;
  }
}

describe('objects of Node', () => {
  it('are refused, unless they arrive as what they are', () => {
    let refused = 0;
    const wrong: string[] = [];
    for (const [name, value] of instances()) {
      const back = sent(value);
      if (back instanceof NotSerializableError) refused++;
      // An object without content, such as `new Object()`, is what it is.
      else if (!isDeepStrictEqual(back, value) && !(Buffer.isBuffer(back) && back.length === 0)) wrong.push(name);
    }
    assert.deepEqual(wrong, []);
    assert.ok(refused > 80, `${refused} were refused`);
  });

  it('that hold a descriptor are refused', async () => {
    const handle = await open('/dev/null');
    assert.ok(sent(handle) instanceof NotSerializableError);
    await handle.close();
  });

  it('that are records cross as their properties', () => {
    const stats = statSync('.');
    assert.equal((sent(stats) as typeof stats).size, stats.size);
  });

  it('do not make a class of a user’s theirs that has the name of one', () => {
    const named = { Event: class Event {}, Hash: class Hash {} };
    for (const type of Object.values(named)) assert.deepEqual(sent(Object.assign(new type(), { a: 1 })), { a: 1 });
    class URL {
      a = 1;
      get href(): string {
        return 'https://example.com/';
      }
    }
    assert.deepEqual(sent(new URL()), { a: 1 });
    const holder = globalThis as { Mine?: unknown };
    class Mine {
      a = 1;
    }
    holder.Mine = Mine;
    assert.deepEqual(sent(new Mine()), { a: 1 });
    delete holder.Mine;
  });
});

describe('objects of a class', () => {
  it('that show nothing of their state are refused, and say what to do', () => {
    const hidden = [
      new (class Private {
        readonly #a = 1;
        static read(one: Private): number {
          return one.#a;
        }
      })(),
      new (class Accessor {
        get a(): number {
          return 1;
        }
      })(),
      Object.assign(new (class Symbolic {})(), { [Symbol('a')]: 1 }),
      Object.defineProperty(new (class Unseen {})(), 'a', { value: 1 }),
      Object.create({ method() {} }) as object,
      new (class extends class Base {
        run(): void {}
      } {})(),
    ];
    for (const value of hidden) assert.match(String(sent(value)), /no own enumerable properties.*\[toWire\]\(\)/);
  });

  it('that is empty, or that have data, cross as data', () => {
    class Empty {}
    class Derived extends Empty {}
    assert.deepEqual([sent(new Empty()), sent(new Derived())], [{}, {}]);
    class Point {
      x = 1;
      readonly #cache = 2;
      get y(): number {
        return this.#cache;
      }
    }
    assert.deepEqual(sent(new Point()), { x: 1 });
  });
});
