// What a function returns: it is written whole, or it is a failure of its input that says why, and of no other.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { valueJson } from '../../src/cli/worker/value-json.ts';
import { linesOf, polyloop } from '../support/command.ts';
import { newFolder } from '../support/files.ts';
import { kinds, watch } from '../support/pools.ts';
import { unwritable, writable } from '../tasks/returns.ts';

watch();

const returns = fileURLToPath(new URL('../tasks/returns.ts', import.meta.url));
const map = (fn: string, input: readonly string[], ...args: string[]): ReturnType<typeof polyloop> =>
  polyloop(['map', `${returns}#${fn}`, '-k', ...args], input.map((line) => `${line}\n`).join(''), newFolder());

describe('a value as JSON', () => {
  for (const [name, [make, says]] of Object.entries(unwritable)) {
    it(`is refused, and says why: ${name}`, () => {
      assert.throws(() => valueJson(make()), { message: says });
    });
  }

  for (const [name, [make, json]] of Object.entries(writable))
    it(`is whole: ${name}`, () => assert.equal(valueJson(make()), json));

  it('is what JSON.stringify says where that is whole', () => {
    for (const value of ['a"\u2028\uD800', 0, -0, 1e21, null, true, [], {}, { a: [{ b: [null, 'c'] }] }, undefined])
      assert.equal(valueJson(value), JSON.stringify(value));
  });

  it('names a place in a few words, however deep it is', () => {
    let value: unknown = Number.NaN;
    for (let n = 0; n < 1_000; n++) value = { inside: value };
    assert.throws(() => valueJson(value), { message: /^value(?:\.inside){20,30}\.?\w*… is NaN/ });
  });
});

const large = new Set(['a value without end']);
const quick = Object.keys(unwritable).filter((name) => !large.has(name));

describe('what cannot be written is a failure of its input alone', () => {
  for (const kind of kinds) {
    it(`over ${kind}`, async () => {
      const names = quick.flatMap((name) => [name, 'fine']);
      const { stdout, code } = await map('default', names, '--kind', kind, '-q', '--retries', '2');
      const lines = linesOf(stdout);
      assert.equal(lines.length, names.length);
      for (const [at, { ok, value, error, attempts }] of lines.entries()) {
        if (at % 2 === 1) assert.deepEqual([ok, value], [true, 'fine']);
        else assert.match(error?.message ?? '', unwritable[names[at] ?? '']?.[1] ?? /never/);
        if (error?.code === 'ERR_UNWRITABLE') assert.equal(attempts, 1, 'another try would come to the same');
      }
      assert.equal(code, quick.length);
    });
  }

  for (const format of ['--raw', '--csv']) {
    it(`with ${format}, where it is told on stderr`, async () => {
      const { stdout, stderr, code } = await map('default', ['fine', ...quick, 'fine'], format);
      assert.deepEqual(
        stdout.split('\n').filter((line) => line !== ''),
        format === '--raw' ? ['fine', 'fine'] : ['seq,value', '1,fine', `${quick.length + 2},fine`],
      );
      assert.equal(code, quick.length);
      assert.equal(stderr.match(/^polyloop: input \d+ \(stdin:\d+\) failed: /gm)?.length, quick.length);
    });
  }

  it('where a generator yields it', async () => {
    const { stdout, code } = await map('yields', ['NaN', 'fine', 'a Headers', 'a Map'], '-q');
    assert.deepEqual(
      linesOf(stdout).map(({ seq, part, value, error }) => [seq, part, value ?? error?.message]),
      [
        [1, undefined, 'value is NaN, which JSON does not have. Return null, or a text.'],
        [2, 1, 'first'],
        [2, 2, 'fine'],
        [3, undefined, linesOf(stdout)[3]?.error?.message],
        [4, 1, 'first'],
        [4, 2, [['a', []]]],
      ],
    );
    assert.equal(code, 2);
  });

  it('where half a character would be written as another', async () => {
    for (const format of ['--raw', '--csv']) {
      const { stdout, stderr, code } = await map('halfACharacter', ['1', '2', '3'], format);
      assert.deepEqual([stdout.replace('seq,value\n', '').replaceAll(/\d,/g, ''), code], ['1\n3\n', 1]);
      assert.match(stderr, /input 2 \(stdin:2\) failed: UnwritableError: value(?:\.value)? has half a character/);
    }
    assert.match((await map('halfACharacter', ['2'])).stdout, /"value":"a\\ud800"/);
  });
});

describe('what is too large to be written', () => {
  for (const kind of kinds) {
    it(`is a failure of its input alone, over ${kind}`, async () => {
      const { stdout, code } = await map('text', ['1', '300000000', '2'], '--kind', kind, '-q');
      assert.deepEqual(
        linesOf(stdout).map(({ value, error }) => value ?? error?.message.slice(0, 27)),
        ['x', 'value is larger than 256 MB', 'xx'],
      );
      assert.equal(code, 1);
    });
  }

  it('is less in a row of CSV, in which quotes are to be found', async () => {
    const { stdout, stderr, code } = await map('text', ['1', '33000000', '2'], '--csv');
    assert.deepEqual([stdout, code], ['seq,value\n1,x\n3,xx\n', 1]);
    assert.match(stderr, /input 2 .* failed: UnwritableError: value is larger than 32 MB, which is too much for a row/);
  });

  it('is so for a generator of very many values, whose records would be', async () => {
    const { stdout, code } = await map('many', ['2', '4000000', '1'], '-q');
    assert.deepEqual(
      linesOf(stdout).map(({ seq, error }) => [seq, error?.message.slice(0, 31)]),
      [
        [1, undefined],
        [1, undefined],
        [2, 'all that it yields is larger th'],
        [3, undefined],
      ],
    );
    assert.equal(code, 1);
  });
});

describe('undefined', () => {
  it('is a record without a value, where it is returned and where it is yielded', async () => {
    const { stdout } = await map('yieldsUndefined', ['x']);
    assert.deepEqual(
      linesOf(stdout).map((line) => ['value' in line, line.part, line.value]),
      [
        [false, 1, undefined],
        [true, 2, 2],
      ],
    );
    assert.equal((await map('yieldsUndefined', ['x'], '--raw')).stdout, '\n2\n');
    assert.equal((await map('yieldsUndefined', ['x'], '--csv')).stdout, 'seq,part,value\n1,1,\n1,2,2\n');
  });
});

describe('an error', () => {
  it('that is returned has the form that a thrown one has', async () => {
    const [line] = linesOf((await map('returnedError', ['x'])).stdout);
    const [error = {}] = (line?.value ?? []) as { stack?: string; cause?: { message: string } }[];
    const { stack, cause, ...rest } = error;
    assert.deepEqual(rest, { name: 'RangeError', message: 'too far', code: 'E_FAR', limit: 'Infinity' });
    assert.match(stack ?? '', /^RangeError: too far\n +at returnedError/);
    assert.equal(cause?.message, 'because');
  });

  it('that is thrown names what it holds of which nothing can be shown', async () => {
    const { stdout } = await map('throwWithResponse', ['x'], '-q');
    assert.match(stdout, /"response":"\[Response\]"/);
  });
});
