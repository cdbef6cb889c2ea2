// JSON that is read: documents over many lines, arrays, and numbers that JavaScript cannot hold.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { JsonSplitter } from '../../src/cli/input/json-splitter.ts';
import { jsonText, parseJson } from '../../src/cli/json.ts';
import { functions, linesOf, polyloop } from '../support/command.ts';
import { newFolder } from '../support/files.ts';
import { inputsOf, valuesOf } from '../support/reading.ts';

const folder = newFolder();

describe('JSON', () => {
  it('is an array of inputs, or documents one behind the other, over however many lines', async () => {
    const rows = [{ a: 1, b: [1, [2]] }, 'te\\xt "[{,', 3, null, [], {}, -1.5e3];
    assert.deepEqual(await valuesOf('array.json', JSON.stringify(rows)), rows);
    assert.deepEqual(await valuesOf('indented.json', `\uFEFF\n${JSON.stringify(rows, null, 2)}\n`), rows);
    const documents = [{ a: 1 }, 'two', 3, { b: [4] }];
    const text = documents.map((value) => JSON.stringify(value, null, 2)).join('\r\n\r\n');
    assert.deepEqual(await valuesOf('documents.json', text), documents);
    assert.deepEqual(await valuesOf('one.json', '{\n  "only": "one"\n}'), [{ only: 'one' }]);
    assert.deepEqual(await valuesOf('number.json', ' 42 '), [42]);
    assert.deepEqual(await valuesOf('arrays.json', '[1,2]\n[3]\n[]'), [1, 2, 3]);
    for (const [at, nothing] of ['', ' \n', '[]', '\uFEFF'].entries())
      assert.deepEqual(await valuesOf(`none${at}.json`, nothing), []);
    assert.deepEqual(await valuesOf('said', '[1,\n2]', { format: 'json' }), [1, 2]);
  });

  it('says where each input begins, and has its text', async () => {
    const inputs = await inputsOf('lines.json', '[\n  {\n    "a": 1\n  },\n\n  "two", 3\n]\n');
    assert.deepEqual(
      inputs.map(({ line, text }) => [line, text]),
      [
        [2, '{\n    "a": 1\n  }'],
        [6, '"two"'],
        [6, '3'],
      ],
    );
  });

  it('ends the run where it is none, with the line, once what is before was read', async () => {
    for (const [text, expected, line] of [
      ['[1, 2', [1, 'the end'], 1],
      ['[1,\n2,\n]', [1, 2, 'the end'], 3],
      ['[1\n2]', [1, 'the end'], 2],
      ['[,1]', ['the end'], 1],
      ['{"a":1}\n{"a" 2}\n{"a":3}', [{ a: 1 }, 'the end'], 2],
      ['[{"a":1},{"a":}]', [{ a: 1 }, 'the end'], 1],
      ['[1,tru]', [1, 'the end'], 1],
      ['{"a":1}}', [{ a: 1 }, 'the end'], 1],
      ['[1]\n]', [1, 'the end'], 2],
      ['{"a": "open', ['the end'], 1],
      ['{"a":1}\nplain words', [{ a: 1 }, 'the end'], 2],
      ['[1,\n[2,}]]', [1, 'the end'], 2],
    ] as const) {
      const inputs = await inputsOf('bad.json', text);
      const end = inputs.findIndex(({ behind }) => behind !== undefined);
      const values = inputs.slice(0, end).map(({ value }) => value);
      assert.deepEqual([...values, 'the end'], expected, text);
      assert.equal(inputs[end]?.line, line, text);
      assert.match(inputs[end]?.problem ?? '', /^is not JSON \(/, text);
    }
  });

  it('lets go of a value that is too long, and goes on behind it', async () => {
    const text = `[1, "${'x'.repeat(200_000)}", {"a": "${'y'.repeat(90)}"}, 4]`;
    assert.deepEqual(await valuesOf('long.json', text, { maxLineBytes: 100 }), [1, 'bad', { a: 'y'.repeat(90) }, 4]);
    assert.deepEqual(await valuesOf('short.json', '["12345678901", 2]', { maxLineBytes: 10 }), ['bad', 2]);
  });

  it('is the same, however the bytes are cut', () => {
    const rows = [{ 'ä"\\': ['€', '😀\\u00e9', 1.5e-7, true] }, 'x'.repeat(40), [[[]]], 0, { '': null }];
    const text = `\uFEFF${JSON.stringify(rows, null, 1)}\n{"more": [1, 2]} 7 "end"`;
    const bytes = Buffer.from(text);
    const expected = [...rows, { more: [1, 2] }, 7, 'end'];
    for (let size = 1; size <= bytes.length; size++) {
      const splitter = new JsonSplitter(1_000);
      const values = [];
      for (let at = 0; at < bytes.length; at += size) values.push(...splitter.push(bytes.subarray(at, at + size)));
      values.push(...splitter.end());
      assert.deepEqual(
        values.map((value) => value.ok && (JSON.parse(value.text) as unknown)),
        expected,
        `in pieces of ${size}`,
      );
    }
  });
});

describe('a whole number that JavaScript would change', () => {
  const big = '12345678901234567890';

  it('is a bad input, at any depth, of JSON lines and of documents; those beside it are read', async () => {
    const lines = `{"id":1}\n{"id":${big}}\n{"a":[{"b":[1,-9007199254740993]}]}\n${big}\n"${big}"\n`;
    assert.deepEqual(await valuesOf('ids.jsonl', lines), [{ id: 1 }, 'bad', 'bad', 'bad', big]);
    assert.deepEqual(await valuesOf('ids.json', `[{"id":1},{"id":${big}},3]`), [{ id: 1 }, 'bad', 3]);
    const [, bad] = await inputsOf('one.jsonl', `1\n{"id":${big}}\n`);
    assert.equal(
      bad?.problem,
      `has the number ${big}, which JavaScript would change to 12345678901234567168; keep it with --big-numbers string or bigint`,
    );
  });

  it('is none that stays as it is, nor one with a fraction', () => {
    for (const text of [
      '9007199254740991',
      '-9007199254740992',
      '1e21',
      '10000000000000000000',
      '0.12345678901234567890',
    ])
      assert.equal(parseJson(text, 'refuse'), Number(text), text);
    assert.throws(() => parseJson('9007199254740993', 'refuse'), /would change to 9007199254740992/);
    assert.throws(() => parseJson('9007199254740993.0', 'refuse'), /would change/);
    assert.throws(() => parseJson('[1e400]', 'refuse'), /larger than any/);
    assert.throws(() => parseJson('-1.5E+999', 'bigint'), /larger than any/);
    assert.equal(parseJson('1e400', 'string'), '1e400');
  });

  it('is kept as text or as a BigInt; numbers that are small stay numbers', () => {
    const text = `{"id":${big},"n":1,"s":"${big}","deep":[[-${big}.00]],"f":1.5}`;
    assert.deepEqual(parseJson(text, 'string'), { id: big, n: 1, s: big, deep: [[`-${big}`]], f: 1.5 });
    assert.deepEqual(parseJson(text, 'bigint'), { id: BigInt(big), n: 1, s: big, deep: [[-BigInt(big)]], f: 1.5 });
    assert.equal(jsonText({ id: BigInt(big), deep: [-1n], text: '1n' }), `{"id":${big},"deep":[-1],"text":"1n"}`);
    assert.equal(jsonText(undefined), undefined);
    const circle: unknown[] = [];
    circle.push(circle, 1n);
    assert.throws(() => jsonText(circle), TypeError);
  });

  for (const kind of ['process', 'thread', 'inline']) {
    it(`comes and goes as it is with --big-numbers bigint over ${kind}`, async () => {
      const row = `{"id":${big},"list":[1,${big}]}`;
      const map = (...flags: string[]) => polyloop(['map', functions, '--kind', kind, '-j1', ...flags], row, folder);
      const kept = await map('--input', 'jsonl', '--big-numbers', 'bigint');
      assert.ok(kept.stdout.startsWith(`{"seq":1,"ok":true,"value":${row},`), kept.stdout + kept.stderr);
    });
  }

  it('is written as it is in any form of output', async () => {
    const row = `{"id":${big},"list":[${big}]}`;
    const map = async (...flags: string[]): Promise<string> =>
      (await polyloop(['map', functions, '--input', 'jsonl', '-q', ...flags], `${row}\n`, folder)).stdout;
    assert.equal(await map('--big-numbers', 'bigint', '--raw'), `${row}\n`);
    assert.equal(await map('--big-numbers', 'bigint', '--csv'), `seq,id,list\n1,${big},[${big}]\n`);
    assert.equal(await map('--big-numbers', 'string', '--raw'), `{"id":"${big}","list":["${big}"]}\n`);
    assert.ok((await map('--big-numbers', 'bigint', '--dry-run')).includes(`(${row})`));
  });

  it('is refused in --args as well, or kept', async () => {
    const map = (...flags: string[]) =>
      polyloop(['map', `${functions}#both`, '--args', `{"id":${big}}`, ...flags], 'x\n', folder);
    const refused = await map();
    assert.equal(refused.code, 255);
    assert.match(
      refused.stderr,
      /^polyloop: --args has the number 12345678901234567890, which JavaScript would change/,
    );
    const kept = await map('--big-numbers', 'bigint', '--raw');
    assert.equal(kept.stdout, `["x",{"id":${big}}]\n`, kept.stderr);
  });

  it('of a result is a failure that says what to do, without that flag', async () => {
    const failed = await polyloop(['map', `${functions}#bigInteger`], 'x\n', folder);
    assert.match(linesOf(failed.stdout)[0]?.error?.message ?? '', /BigInt.*--big-numbers bigint/);
    const written = await polyloop(
      ['map', `${functions}#bigInteger`, '--big-numbers', 'bigint', '--raw'],
      'x\n',
      folder,
    );
    assert.equal(written.stdout, '1\n');
  });
});

it('a file of JSON goes on where a run has ended, though it was written over other lines', async () => {
  const rows = Array.from({ length: 6 }, (_, n) => ({ n }));
  writeFileSync(join(folder, 'data.json'), JSON.stringify(rows, null, 2));
  const map = (...flags: string[]) =>
    polyloop(['map', functions, 'data.json', '-o', 'out.jsonl', '--joblog', 'run.log', ...flags], '', folder);
  assert.equal((await map('--limit', '2')).code, 0);
  assert.equal((await map('--resume')).code, 0);
  const lines = linesOf(readFileSync(join(folder, 'out.jsonl'), 'utf8'));
  assert.deepEqual(
    lines.map(({ seq, value }) => [seq, value]).toSorted(([one], [other]) => Number(one) - Number(other)),
    rows.map((row, at) => [at + 1, row]),
  );
});
