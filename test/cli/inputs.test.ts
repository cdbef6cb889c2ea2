// What is read, of files and stdin, whatever they look like.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';

import { filesMeant } from '../../src/cli/input/files.ts';
import { Inputs, type Input, type InputFormat } from '../../src/cli/input/inputs.ts';
import { LineSplitter, tooLong, type Line } from '../../src/cli/input/line-splitter.ts';
import { UsageError } from '../../src/cli/usage-error.ts';
import { newFolder } from '../support/files.ts';

const folder = newFolder();

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function read(files: readonly string[], format?: InputFormat, maxLineBytes = 1e6): Promise<Input[]> {
  const inputs = new Inputs({ files, format, maxLineBytes, signal: new AbortController().signal });
  return await Array.fromAsync(inputs);
}

const values = async (name: string, content: string | Buffer, format?: InputFormat): Promise<unknown[]> =>
  (await read([file(name, content)], format)).map(({ value }) => value);

describe('lines', () => {
  it('end with LF or CRLF, the last one with nothing; empty ones count', async () => {
    assert.deepEqual(await values('a.txt', 'one\r\n\ntwo\nthree'), ['one', '', 'two', 'three']);
    assert.deepEqual(await values('b.txt', 'one\n'), ['one']);
    assert.deepEqual(await values('c.txt', ''), []);
    assert.deepEqual(await values('d.txt', '\n'), ['']);
  });

  it('do not begin with a byte order mark', async () => {
    assert.deepEqual(await values('bom.txt', '\uFEFFfirst\n\uFEFFsecond\n'), ['first', '\uFEFFsecond']);
  });

  it('may be divided by NUL bytes, and hold newlines then', async () => {
    assert.deepEqual(await values('nul', 'one\nmore\r\0two\0', 'null'), ['one\nmore\r', 'two']);
  });

  it('are the same, however the bytes are cut', () => {
    const text = 'äöü\n€uro\r\n\n😀😀\nlast one';
    const bytes = Buffer.from(text);
    const expected = text.split(/\r?\n/);
    for (let size = 1; size <= bytes.length; size++) {
      const splitter = new LineSplitter('newline', 1_000);
      const lines: Line[] = [];
      for (let at = 0; at < bytes.length; at += size) lines.push(...splitter.push(bytes.subarray(at, at + size)));
      lines.push(splitter.end() ?? assert.fail('there is a last line'));
      assert.deepEqual(lines, expected, `in pieces of ${size}`);
    }
  });

  it('that are too long are let go of, wherever they end, and the others are not', () => {
    const bytes = Buffer.from('12345\n123456\nääää\nää\n1234567890');
    for (let size = 1; size <= bytes.length; size++) {
      const splitter = new LineSplitter('newline', 5);
      const lines: (Line | undefined)[] = [];
      for (let at = 0; at < bytes.length; at += size) lines.push(...splitter.push(bytes.subarray(at, at + size)));
      assert.deepEqual([...lines, splitter.end()], ['12345', tooLong, tooLong, 'ää', tooLong], `in pieces of ${size}`);
    }
  });

  it('say where they stand', async () => {
    const [one, two] = [file('one.txt', 'a\nb\n'), file('two.txt', 'c')];
    assert.deepEqual(
      (await read([one, two])).map(({ file: name, line, text }) => [name, line, text]),
      [
        [one, 1, 'a'],
        [one, 2, 'b'],
        [two, 1, 'c'],
      ],
    );
  });
});

describe('JSON lines', () => {
  it('are values; empty lines are none; and each that is no JSON is told of', async () => {
    const inputs = await read([file('rows.jsonl', '\uFEFF{"a":1}\r\n\n  \n[2]\n{"a":\nnull\n')]);
    assert.deepEqual(
      inputs.map(({ line, value, problem }) => [line, problem === undefined ? value : problem.replace(/ \(.*\)/, '')]),
      [
        [1, { a: 1 }],
        [4, [2]],
        [5, 'is not JSON'],
        [6, null],
      ],
    );
  });
});

describe('CSV', () => {
  it('is objects by the names in the first row, with quotes, newlines in them, CRLF and a byte order mark', async () => {
    assert.deepEqual(await values('a.csv', '\uFEFFname,what\r\n"Ann, B.","said ""no"""\r\n\r\nBob,"two\nlines"\r\n'), [
      { name: 'Ann, B.', what: 'said "no"' },
      { name: 'Bob', what: 'two\nlines' },
    ]);
    assert.deepEqual(await values('b.csv', 'name\n'), []);
    assert.deepEqual(await values('c.csv', ''), []);
  });

  it('tells of rows that are not like the first, with the line on which they begin, and goes on', async () => {
    const inputs = await read([file('bad.csv', 'a,b\n1,2\n"x\ny",3\n4\n5,6\n')]);
    assert.deepEqual(
      inputs.map(({ line, value, problem }) => [line, value, problem !== undefined]),
      [
        [2, { a: '1', b: '2' }, false],
        [3, { a: 'x\ny', b: '3' }, false],
        [5, undefined, true],
        [6, { a: '5', b: '6' }, false],
      ],
    );
    assert.match(inputs[2]?.problem ?? '', /^is no row like the first \(.*columns length is 2, got 1/);
  });

  it('tells of a quote that nothing closes', async () => {
    const inputs = await read([file('open.csv', 'a,b\n1,2\n"x,3\n4,5\n')]);
    assert.deepEqual(
      inputs.map(({ problem }) => problem !== undefined),
      [false, true],
    );
  });

  it('is the same in pieces of any size', async () => {
    const rows = Array.from({ length: 20_000 }, (_, n) => `${n},"text ${n} ""quoted""",😀`).join('\n');
    const read20k = await values('many.csv', `n,text,face\n${rows}\n`);
    assert.equal(read20k.length, 20_000);
    assert.deepEqual(read20k[12_345], { n: '12345', text: 'text 12345 "quoted"', face: '😀' });
  });
});

describe('what is compressed', () => {
  const text = Array.from({ length: 50_000 }, (_, n) => `line ${n}`).join('\n');

  it('is read as it was before, by gzip, also of several parts, and by Zstandard, whatever its name', async () => {
    const [gz, zst] = [gzipSync(text), zstdCompressSync(text)];
    for (const [name, content] of [
      ['a.txt.gz', gz],
      ['b.zst', zst],
      ['no-name', gz],
    ] as const) {
      const read50k = await values(name, content);
      assert.deepEqual([read50k.length, read50k[49_999]], [50_000, 'line 49999']);
    }
    const parts = await values('parts.gz', Buffer.concat([gzipSync('one\n'), gzipSync('two\n')]));
    assert.deepEqual(parts, ['one', 'two']);
  });

  it('has the format of the name before it', async () => {
    assert.deepEqual(await values('rows.jsonl.gz', gzipSync('{"a":1}\n')), [{ a: 1 }]);
    assert.deepEqual(await values('rows.csv.zst', zstdCompressSync('a\n1\n')), [{ a: '1' }]);
  });

  it('is an error where it breaks off', async () => {
    const cut = gzipSync(text).subarray(0, 5_000);
    await assert.rejects(
      read([file('cut.gz', cut)]),
      (error) => error instanceof UsageError && /Cannot read .*cut\.gz: unexpected end of file/.test(error.message),
    );
  });
});

describe('files', () => {
  it('are named, or meant by patterns, which are sorted and in their place', () => {
    mkdirSync(join(folder, 'data/deep'), { recursive: true });
    for (const name of ['data/b.txt', 'data/a.txt', 'data/deep/c.txt', 'data/[odd].txt']) file(name, '');
    assert.deepEqual(filesMeant(['-', 'data/?.txt', 'nowhere'], folder), ['-', 'data/a.txt', 'data/b.txt', 'nowhere']);
    assert.deepEqual(filesMeant(['data/**/[ac].txt'], folder), ['data/a.txt', 'data/deep/c.txt']);
    assert.deepEqual(filesMeant(['data/[odd].txt'], folder), ['data/[odd].txt']);
  });

  it('are none where a pattern means nothing, which is said', () => {
    assert.throws(() => filesMeant(['*.nothing'], folder), /No file in .* is meant by the pattern '\*\.nothing'\./);
  });

  it('that cannot be read are an error', async () => {
    await assert.rejects(read([join(folder, 'nowhere.txt')]), /Cannot read .*nowhere\.txt: ENOENT/);
  });
});

it('inputs come to an end where nobody reads on', async () => {
  let pulled = 0;
  const big = file('big.txt', 'x'.repeat(99).concat('\n').repeat(100_000));
  const inputs = new Inputs({
    files: [big],
    format: undefined,
    maxLineBytes: 1e6,
    signal: new AbortController().signal,
  });
  for await (const { line } of inputs) {
    pulled = line;
    if (line === 10) break;
  }
  assert.equal(pulled, 10);
  assert.deepEqual(await inputs.next(), { done: true, value: undefined });
});
