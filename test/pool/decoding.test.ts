// What workers sent, made into what tasks came to.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';

import { NotSerializableError } from '../../src/index.ts';
import { CallerModules } from '../../src/pool/caller-modules.ts';
import { Decoding } from '../../src/pool/decoding.ts';
import { failed, fulfilled, type Outcome } from '../../src/task/outcome.ts';
import { noOptions, Submission } from '../../src/task/submission.ts';
import {
  endKind,
  FULFILLED,
  NOT_LOADED,
  PACKED,
  PLAIN,
  REFUSED,
  REJECTED,
  type EndCode,
} from '../../src/wire/messages.ts';
import { pack, packThrown } from '../../src/wire/pack.ts';
import { newFolder } from '../support/files.ts';
import { until } from '../support/pools.ts';

class Block extends Submission {
  constructor(count = 1) {
    super({ url: 'file:///nowhere.js', name: 'nothing' }, noOptions, 1, count);
  }

  argumentsOf(): void {}

  settle(): void {}

  fulfil(): void {}

  protected tail(): never {
    throw new Error('it is not split');
  }
}

interface Told {
  readonly outcome: Outcome;
  readonly isLoadFailure: boolean;
}

/** Decodes for one task, and keeps what it is told. */
function decode(
  kind: number,
  body: unknown,
  payloadError?: unknown,
  decoding = new Decoding(modulesWithin(5_000)),
): Told[] {
  const told: Told[] = [];
  decoding.decode([new Block(), 0], kind, body, payloadError, (outcome, isLoadFailure) =>
    told.push({ outcome, isLoadFailure }),
  );
  return told;
}

/** All that this test makes may be loaded. */
function modulesWithin(timeoutMs: number): CallerModules {
  return new CallerModules([pathToFileURL('/')], timeoutMs);
}

const allCodes: EndCode[] = [FULFILLED, REJECTED, NOT_LOADED, REFUSED];

/** A packed instance of a class that is made by a module with this source, which nobody has loaded. */
function unloaded(source: string): { url: string; body: unknown } {
  const folder = newFolder();
  const file = join(folder, 'late.ts');
  writeFileSync(file, source);
  const { href: url } = pathToFileURL(file);
  const stand = {};
  return { url, body: { root: stand, specials: [['portable', stand, url, 'Late', { n: 7 }, undefined]] } };
}

const portableModule = `
  import { portable } from ${JSON.stringify(new URL('../../src/index.ts', import.meta.url).href)};
  export class Late { static { portable(import.meta, this); } n = 0; }
`;

describe('an outcome', () => {
  it('that stands as it is, is told at once: a value for what fulfilled, a failure for all else', () => {
    for (const value of ['value', undefined, 0, { deep: [1] }]) {
      for (const code of allCodes) {
        const expected = code === FULFILLED ? fulfilled(value) : failed(value);
        const told = decode(endKind(code, PLAIN), value);
        assert.deepEqual(told, [{ outcome: expected, isLoadFailure: code === NOT_LOADED }]);
      }
    }
  });

  it('that is packed, is told at once where every class in it is known here', () => {
    const [value] = decode(endKind(FULFILLED, PACKED), pack(new URL('file:///x'), 'result', whole).body);
    assert.deepEqual(value?.outcome, fulfilled(new URL('file:///x')));
    const [thrown] = decode(endKind(REJECTED, PACKED), structuredClone(packThrown(new RangeError('why'))));
    assert.ok(thrown?.outcome.ok === false && thrown.outcome.error instanceof RangeError);
    assert.equal(thrown.outcome.error.message, 'why');
    const [unfound] = decode(endKind(NOT_LOADED, PACKED), structuredClone(packThrown(undefined)));
    assert.deepEqual(unfound, { outcome: failed(undefined), isLoadFailure: true });
  });

  it('whose message could not be decoded is a failure that says so, whatever it was', () => {
    const cause = new Error('too deep');
    for (const code of allCodes) {
      for (const form of [PLAIN, PACKED] as const) {
        const [told, ...others] = decode(endKind(code, form), undefined, cause);
        assert.equal(others.length, 0);
        assert.ok(told?.outcome.ok === false && told.outcome.error instanceof NotSerializableError);
        assert.match(told.outcome.error.message, /decoding failed \(too deep\)/);
        assert.deepEqual([told.outcome.error.cause, told.outcome.error.path], [cause, 'result']);
        assert.equal(told.isLoadFailure, code === NOT_LOADED);
      }
    }
  });

  const record = { builtin: 'Error', name: 'E', message: 'm', stack: 's', hidden: {}, properties: {} };
  const special = (...parts: unknown[]): unknown => {
    const root = {};
    return { root, specials: [[parts[0], root, ...parts.slice(1)]] };
  };
  const none: [what: string, body: unknown][] = [
    ['nothing', undefined],
    ['null', null],
    ['a text', 'text'],
    ['a list', []],
    ['an object without its list', { root: 1 }],
    ['a list of nothing', { root: 1, specials: [null] }],
    ['a list that is a number', { root: 1, specials: 7 }],
    ['a kind that nobody knows', special('surprise')],
    ['a kind that every object has', special('constructor')],
    ['an error without its record', special('error')],
    ['an error of half a record', special('error', { builtin: 'Error', name: 'E', message: 'm' })],
    ['a URL that is none', special('url', 'no url')],
    ['a buffer without bytes', special('buffer')],
  ];
  for (const [what, body] of none) {
    it(`that claims to be packed and is ${what} is a failure of its task alone`, () => {
      const decoding = new Decoding(modulesWithin(5_000));
      const told = decode(endKind(FULFILLED, PACKED), body, undefined, decoding);
      assert.equal(told.length, 1);
      assert.ok(told[0]?.outcome.ok === false && told[0].outcome.error instanceof Error);
      assert.deepEqual(decoding.take(), [], 'and it waits no more');
    });
  }

  it('whose keys are those of a prototype has them as its own, and reaches nothing else', () => {
    const evil = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}') as object;
    const root = {};
    const [told] = decode(endKind(REJECTED, PACKED), {
      root,
      specials: [['error', root, { ...record, hidden: evil, properties: evil }]],
    });
    assert.ok(told?.outcome.ok === false);
    const { error } = told.outcome;
    assert.ok(error instanceof Error && Object.getPrototypeOf(error) === Error.prototype);
    assert.ok(Object.hasOwn(error, '__proto__') && Object.hasOwn(error, 'constructor'));
    for (const untouched of [{}, [], new Error('other'), error])
      assert.equal((untouched as { polluted?: unknown }).polluted, undefined);
  });
});

describe('an outcome of a class that is not loaded here', () => {
  it('waits for its module, is an instance of the class, and is told once', async () => {
    const { url, body } = unloaded(portableModule);
    const decoding = new Decoding(modulesWithin(20_000));
    const told = decode(endKind(FULFILLED, PACKED), body, undefined, decoding);
    assert.equal(told.length, 0);
    await until(() => told.length > 0, 'it is told');
    const { Late } = (await import(url)) as { Late: new () => object };
    const [{ outcome } = { outcome: failed('nothing') }] = told;
    assert.ok(outcome.ok && outcome.value instanceof Late);
    assert.deepEqual({ ...outcome.value }, { n: 7 });
    assert.deepEqual([told.length, decoding.take().length], [1, 0]);
  });

  it('is a failure that says why where the module does not load, or does not define the class', async () => {
    const broken = unloaded('throw new RangeError("not today");');
    const empty = unloaded('export {};');
    const cases: [body: unknown, says: RegExp][] = [
      [broken.body, /the module of a portable class in it does not load here \(not today\)/],
      [empty.body, /registers no portable class `Late` here/],
    ];
    for (const [body, says] of cases) {
      const told = decode(endKind(FULFILLED, PACKED), body);
      await until(() => told.length > 0, 'it is told');
      assert.ok(told[0]?.outcome.ok === false && told[0].outcome.error instanceof NotSerializableError);
      assert.match(told[0].outcome.error.message, says);
    }
  });

  it('is a failure where its module takes too long', async () => {
    const { url, body } = unloaded('await new Promise(() => {});');
    const told = decode(endKind(FULFILLED, PACKED), body, undefined, new Decoding(modulesWithin(20)));
    await until(() => told.length > 0, 'it is told');
    assert.ok(told[0]?.outcome.ok === false);
    assert.match(String(told[0].outcome.error), /had not loaded after 20 ms/);
    assert.ok(String(told[0].outcome.error).includes(url));
  });

  it('comes to nothing when its task is taken out meanwhile, of one submission or of all', async () => {
    const { body } = unloaded(portableModule);
    const decoding = new Decoding(modulesWithin(20_000));
    const [one, other] = [new Block(2), new Block()];
    const told: unknown[] = [];
    for (const task of [
      [one, 0],
      [one, 1],
      [other, 0],
    ] as [Submission, number][])
      decoding.decode(task, endKind(FULFILLED, PACKED), body, undefined, () => told.push(task));
    assert.deepEqual(decoding.take(one), [
      [one, 0],
      [one, 1],
    ]);
    assert.deepEqual(decoding.take(one), []);
    await until(() => told.length > 0, 'the other is told');
    assert.deepEqual(told, [[other, 0]]);
    const late = unloaded(portableModule);
    decoding.decode([one, 0], endKind(FULFILLED, PACKED), late.body, undefined, () => told.push([one, 0]));
    assert.deepEqual(decoding.take(), [[one, 0]]);
    await import(late.url);
    await new Promise(setImmediate);
    assert.equal(told.length, 1);
  });
});

const whole = { whole: true, sharesMemory: false };
