// Bytes that are not UTF-8, or not text: they are read, or it is said what they seem to be.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';

import { textOf } from '../../src/cli/input/bytes.ts';
import { encodingNamed } from '../../src/cli/input/encoding.ts';
import { functions, linesOf, polyloop } from '../support/command.ts';
import { newFolder } from '../support/files.ts';
import { inputsOf, valuesOf } from '../support/reading.ts';

const folder = newFolder();

/** The text of bytes that come in pieces of a size. */
async function textIn(bytes: Buffer, size: number, hasNulls = false): Promise<string> {
  async function* pieces(): AsyncGenerator<Buffer, void> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  const read = await Array.fromAsync(textOf(pieces(), { encoding: undefined, hasNulls }));
  return Buffer.concat(read).toString();
}

const swapped = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();
const skippable = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
/** So long that it has several blocks, most of them of one byte. */
const manyZeros = '0'.repeat(700_000);
const checked = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };
/** `one` and a newline, by xz; and the same with a checksum that is not read. */
const [xz, xzOdd] = [
  Buffer.from('/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQADb25lCgD1XLtWH8b9hgABHARvLJzBH7bzfQEAAAAABFla', 'base64'),
  Buffer.from(
    '/Td6WFoAAArh+wyhAgAhARYAAAB0L+WjAQADb25lCgAsiwjaXOYDmOHxmvDl3Mx0TfJ0uCar5YXqumjFJUNIBgABNATFgsGcGJtLmgEAAAAAClla',
    'base64',
  ),
];
const [gzip, zstd] = [(text: string) => gzipSync(text), (text: string) => zstdCompressSync(text)];

describe('bytes that are no UTF-8', () => {
  it('are a bad input, by their line, with where that shows and what they seem to be; the others are read', async () => {
    const inputs = await inputsOf('latin.txt', Buffer.from('one\ncaf\xe9\nthree\n', 'latin1'));
    assert.deepEqual(
      inputs.map(({ value, line }) => [line, value]),
      [
        [1, 'one'],
        [2, undefined],
        [3, 'three'],
      ],
    );
    assert.equal(
      inputs[1]?.problem,
      'is no UTF-8 (byte 0xe9 at 4); it seems to be latin1 (windows-1252): read it with --encoding latin1, or with the one that it is in',
    );
    const bytes = Buffer.concat([Buffer.from('a\0b'), Buffer.from([0xff]), Buffer.from('\0c\0')]);
    const named = await inputsOf('names', bytes, { format: 'null' });
    assert.deepEqual(
      named.map(({ value }) => value),
      ['a', undefined, 'c'],
    );
  });

  it('are a bad input wherever they stand: in JSON, in rows, in the first line, in the last, across chunks', async () => {
    const latin = (text: string): Buffer => Buffer.from(text, 'latin1');
    assert.deepEqual(await valuesOf('a.jsonl', latin('{"a":"\xe9"}\n1\n')), ['bad', 1]);
    assert.deepEqual(await valuesOf('a.json', latin('[1,{"a":"\xe9"},2]')), [1, 'the end']);
    assert.deepEqual(await valuesOf('a.csv', latin('a,b\n1,\xe9\n"x\ny\xe9",2\n3,4\n')), [
      'bad',
      'bad',
      { a: '3', b: '4' },
    ]);
    assert.deepEqual(await valuesOf('a.txt', latin('\xe9\nb\n\xe9')), ['bad', 'b', 'bad']);
    const long = latin(`${'x'.repeat(70_000)}\xe9\ngood\n`);
    assert.deepEqual(await valuesOf('long.txt', long), ['bad', 'good']);
    assert.deepEqual(await valuesOf('too-long.txt', latin('\xe9\xe9\xe9\xe9\ngood\n'), { maxLineBytes: 4 }), [
      'bad',
      'good',
    ]);
    assert.deepEqual(await valuesOf('cut.txt', Buffer.from('ä').subarray(0, 1)), ['bad']);
    assert.deepEqual(await valuesOf('replaced.txt', 'a \uFFFD that was there\n'), ['a \uFFFD that was there']);
  });

  it('are told apart from each other where the run goes on', async () => {
    const [one, other] = await inputsOf('two.txt', Buffer.from('caf\xe9\ncaf\xe8\n', 'latin1'));
    assert.notEqual(one?.text, other?.text);
  });

  it('are guessed to be of Japan or China where they fit that', async () => {
    for (const [bytes, encoding] of [
      [[0x82, 0xb1, 0x82, 0xf1, 0x82, 0xc9, 0x82, 0xbf], 'shift_jis'],
      [[0xa4, 0xb3, 0xa4, 0xf3, 0xa4, 0xcb, 0xa4, 0xc1], 'euc-jp'],
      [[0xc4, 0xe3, 0xba, 0xc3, 0xca, 0xc0, 0xbd, 0xe7], 'gb18030'],
    ] as const) {
      const [input] = await inputsOf('guess.txt', Buffer.from(bytes));
      assert.ok(input?.problem?.includes(`--encoding ${encoding}`), `${encoding}: ${input?.problem}`);
    }
  });
});

describe('text in another encoding', () => {
  const text = 'äöü €\n😀 two\r\n';

  it('is read by its mark, in pieces of any size', async () => {
    for (const bytes of [
      Buffer.from(`\uFEFF${text}`, 'utf16le'),
      swapped(`\uFEFF${text}`),
      Buffer.from(`\uFEFF${text}`),
    ])
      for (const size of [1, 2, 3, 7, 1_000])
        assert.equal((await textIn(bytes, size)).replace('\uFEFF', ''), text, `in pieces of ${size}`);
    assert.deepEqual(await valuesOf('utf16.csv', Buffer.from('\uFEFFa,b\r\n1,ä\r\n', 'utf16le')), [{ a: '1', b: 'ä' }]);
    assert.deepEqual(await valuesOf('utf16.jsonl', swapped('\uFEFF{"a":"€"}\n')), [{ a: '€' }]);
    assert.deepEqual(await valuesOf('utf16.gz', gzipSync(Buffer.from('\uFEFFä\n', 'utf16le'))), ['ä']);
  });

  it('is read as it is said to be; but a mark in it is believed', async () => {
    const latin = Buffer.from('caf\xe9 \x80\n', 'latin1');
    assert.deepEqual(await valuesOf('latin1.txt', latin, { encoding: encodingNamed('latin1') }), ['café €']);
    assert.deepEqual(await valuesOf('bare16.txt', Buffer.from('ä\n', 'utf16le'), { encoding: 'utf-16le' }), ['ä']);
    assert.deepEqual(await valuesOf('marked.txt', '\uFEFFä\n', { encoding: 'windows-1252' }), ['ä']);
    assert.deepEqual(
      await valuesOf('names', Buffer.from('\xe9\0\xe8\0', 'latin1'), { format: 'null', encoding: 'latin1' }),
      ['é', 'è'],
    );
    assert.throws(() => encodingNamed('klingon'), /It takes an encoding, such as/);
  });

  it('ends the run where it is not of that encoding', async () => {
    await assert.rejects(
      inputsOf('odd.txt', Buffer.from([0x61, 0x0a, 0x82]), { encoding: 'shift_jis' }),
      /Cannot read .*odd\.txt: between bytes \d and \d is no shift_jis/,
    );
    await assert.rejects(inputsOf('odd16.txt', Buffer.from('fffe61', 'hex')), /is no utf-16le/);
  });

  it('is recognised without a mark where every other byte is zero, but not where NUL bytes divide', async () => {
    await assert.rejects(
      inputsOf('plain16.txt', Buffer.from('hello\n', 'utf16le')),
      /it seems to be utf-16le, without a mark that says so; read it with --encoding utf-16le\.$/,
    );
    await assert.rejects(inputsOf('plain16be.csv', swapped('a,b\n')), /it seems to be utf-16be/);
    assert.deepEqual(await valuesOf('letters', 'a\0b\0c\0', { format: 'null' }), ['a', 'b', 'c']);
  });
});

describe('what is compressed', () => {
  const parts = (compress: (text: string) => Buffer): Buffer => Buffer.concat(['one\n', 'two\n', ''].map(compress));

  it('is read whole in all its parts, in pieces of any size', async () => {
    const zeros = Buffer.alloc(700);
    for (const [what, bytes, expected] of [
      ['gzip', gzip('one\n'), 'one\n'],
      ['gzip of parts', parts(gzip), 'one\ntwo\n'],
      ['gzip with zeros behind it', Buffer.concat([gzip('one\n'), zeros]), 'one\n'],
      ['gzip with zeros between parts', Buffer.concat([gzip('one\n'), zeros, gzip('two\n')]), 'one\ntwo\n'],
      ['zstd', zstd('one\n'), 'one\n'],
      ['zstd of parts', parts(zstd), 'one\ntwo\n'],
      ['a frame to skip first', Buffer.concat([skippable, zstd('one\n')]), 'one\n'],
      [
        'frames to skip between',
        Buffer.concat([skippable, zstd('one\n'), skippable, zstd('two\n'), skippable]),
        'one\ntwo\n',
      ],
      ['xz', xz, 'one\n'],
      ['xz of parts', Buffer.concat([xz, xz, Buffer.alloc(8), xz]), 'one\none\none\n'],
      ['xz in zstd', zstdCompressSync(xz), 'one\n'],
      ['gzip in gzip', gzipSync(gzip('one\n')), 'one\n'],
      ['zstd of parts in gzip of parts', gzipSync(parts(zstd)), 'one\ntwo\n'],
      ['nothing', gzip(''), ''],
    ] as const) {
      for (const size of [1, 2, 5, 64, 100_000])
        assert.equal(await textIn(bytes, size), expected, `${what}, in pieces of ${size}`);
    }
  });

  it('is read in as many parts as there are, without keeping them', async () => {
    const lines = 'a line that is repeated\n'.repeat(3_000);
    for (const compress of [gzip, zstd]) {
      const bytes = Buffer.concat(Array.from({ length: 40 }, () => compress(lines)));
      assert.equal(await textIn(bytes, 1_000), lines.repeat(40));
    }
  });

  it('is read whole by a reader that is slow, where parts end just where what was unpacked is taken', async () => {
    const piece = 'sixteen letters\n'.repeat(4_096);
    for (const compress of [gzip, zstd]) {
      const bytes = Buffer.concat(Array.from({ length: 12 }, () => compress(piece)));
      async function* whole(): AsyncGenerator<Buffer, void> {
        yield bytes;
      }
      let read = '';
      for await (const chunk of textOf(whole(), { encoding: undefined, hasNulls: false })) {
        read += chunk.toString();
        for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve));
      }
      assert.equal(read, piece.repeat(12));
    }
  });

  it('ends the run where something else stands behind it, or where it breaks off', async () => {
    for (const compress of [gzip, zstd]) {
      const [whole, text] = [compress('one\n'), 'one\n'.repeat(1_000)];
      await assert.rejects(
        textIn(Buffer.concat([whole, Buffer.from('more\n')]), 1_000),
        /stands behind the end|header/,
      );
      await assert.rejects(textIn(compress(text).subarray(0, -3), 1_000), /unexpected end of file/);
      await assert.rejects(
        textIn(Buffer.concat([whole, compress(text).subarray(0, 14)]), 1_000),
        /unexpected end of file/,
      );
    }
    const frames = Buffer.concat([
      skippable,
      zstd('one\n'),
      zstdCompressSync('', checked),
      zstdCompressSync(manyZeros, checked),
    ]);
    const ends = [skippable.length, frames.indexOf(zstd('one\n')) + zstd('one\n').length];
    for (let length = 4; length < frames.length; length++) {
      const read = textIn(frames.subarray(0, length), 1_000);
      const isEnd = ends.includes(length) || length === frames.length - zstdCompressSync(manyZeros, checked).length;
      if (isEnd) await read;
      else await assert.rejects(read, /unexpected end of file/, `of ${length} bytes`);
    }
    assert.equal(await textIn(frames, 3), `one\n${manyZeros}`);
    for (const bytes of [xz.subarray(0, -3), xz.subarray(0, 30), Buffer.concat([xz, Buffer.from('more\n')])])
      await assert.rejects(textIn(bytes, 1_000), /unexpected end of file, or something else stands behind it/);
    await assert.rejects(textIn(xzOdd, 1_000), /an option of xz that is not read here; unpack it first: xz -dc/);
    const damaged = Buffer.from(xz);
    damaged.write('two', xz.indexOf('one'));
    await assert.rejects(textIn(damaged, 1_000), /it is damaged/);
    assert.deepEqual(await valuesOf('rows.csv.xz', xz), []);
    let often = gzip('one\n');
    for (let times = 1; times < 6; times++) often = gzipSync(often);
    await assert.rejects(textIn(often, 1_000), /compressed more than 4 times/);
  });
});

describe('what is no text', () => {
  it('ends the run, and is named with what makes text of it', async () => {
    const tar = Buffer.alloc(512);
    tar.write('rows.csv');
    tar.write('ustar', 257);
    for (const [what, bytes, said] of [
      ['bz2', Buffer.from('BZh91AY&SY....'), /compressed with bzip2; unpack it first: bzip2 -dc/],
      ['zip', Buffer.from('PK\u0003\u0004rows.csv'), /a zip archive; unpack it first: unzip -p/],
      ['xlsx', Buffer.from('PK\u0003\u0004....[Content_Types].xml'), /an Office document, such as \.xlsx/],
      ['7z', Buffer.from('377abcaf271c0004', 'hex'), /a 7z archive; unpack it first: 7z x -so/],
      ['lz4', Buffer.from('04224d18', 'hex'), /compressed with lz4/],
      ['tar', tar, /a tar archive; unpack it first: tar -xOf/],
      ['tar.gz', gzipSync(tar), /a tar archive/],
      ['utf32', Buffer.from('fffe000061000000', 'hex'), /text in UTF-32; convert it first: iconv/],
      ['parquet', Buffer.from('PAR1\u0015\u0004'), /a Parquet file/],
      ['pdf', Buffer.from('%PDF-1.7\n'), /a PDF document/],
    ] as const) {
      await assert.rejects(inputsOf(`file.${what}`, bytes), said);
      await assert.rejects(inputsOf(`file-${what}`, gzipSync(bytes)), said, `${what} in gzip`);
      // The mark of tar is far behind the beginning, and an input may come slowly: nothing waits for so much.
      if (!what.startsWith('tar') && what !== 'xlsx')
        await assert.rejects(textIn(bytes, 1), said, `${what}, byte by byte`);
    }
  });

  it('is not what merely begins as such a thing does', async () => {
    const text = 'BZhang,1\nPK\nPAR1,2\n7z\n(\nUSTAR\n';
    assert.equal(await textIn(Buffer.from(text), 1), text);
    for (const line of text.split('\n')) assert.equal(await textIn(Buffer.from(line), 1), line);
  });
});

describe('the command', () => {
  it('ends at bytes that are no text, skips them or records them, as it is told', async () => {
    writeFileSync(join(folder, 'latin.txt'), Buffer.from('one\ncaf\xe9\nthree\n', 'latin1'));
    const map = (...flags: string[]) => polyloop(['map', functions, '-k', 'latin.txt', ...flags], '', folder);
    const failed = await map();
    assert.equal(failed.code, 255);
    assert.match(failed.stderr, /latin\.txt:2 is no UTF-8 \(byte 0xe9 at 4\); it seems to be latin1/);
    assert.deepEqual(
      linesOf((await map('--bad-input', 'skip')).stdout).map(({ seq, value }) => [seq, value]),
      [
        [1, 'one'],
        [3, 'three'],
      ],
    );
    const recorded = await map('--bad-input', 'record');
    assert.deepEqual([recorded.code, linesOf(recorded.stdout)[1]?.error?.name], [1, 'BadInputError']);
    const read = await map('--encoding', 'latin1');
    assert.deepEqual([read.code, linesOf(read.stdout)[1]?.value], [0, 'café']);
    const unknown = await map('--encoding', 'klingon');
    assert.deepEqual([unknown.code, /It takes an encoding/.test(unknown.stderr)], [255, true]);
  });
});
