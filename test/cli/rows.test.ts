// CSV that is not as it should be: a wrong row is one wrong row, and what cannot be known ends the run.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { parse } from 'csv-parse/sync';

import { columnsOf, delimiterOf, readingOf } from '../../src/cli/input/asked.ts';
import { CsvSplitter } from '../../src/cli/input/csv-splitter.ts';
import { lookAtQuotes } from '../../src/cli/input/quotes.ts';
import { UsageError } from '../../src/cli/usage-error.ts';
import { functions, linesOf, polyloop } from '../support/command.ts';
import { Place } from '../support/place.ts';
import { inputsOf, valuesOf } from '../support/reading.ts';

/** The second fields of rows that have a number and that. */
const seconds = async (text: string): Promise<unknown[]> =>
  (await valuesOf('rows.csv', `n,what\n${text}`)).map((value) =>
    typeof value === 'string' ? value : (value as { what: string }).what,
  );

describe('a row in which a quote stands wrong', () => {
  const good = '1,one\n';
  const after = '3,three\n4,"fo""ur"\n';
  for (const [what, row] of [
    ['behind the end of a field', '2,"bad" tail\n'],
    ['before the end of a field', '2,"say "hi, all" ok"\n'],
    ['in a field without quotes', '2,5" disk\n'],
    ['three times in a field without quotes', '2,a"b"c"d\n'],
    ['three times in a field with quotes', '2,"a"b"c"\n'],
    ['an odd number of times', '2,"x" "y" "z\n'],
    ['in the first field', '"2"x,two\n'],
    ['before CRLF', '2,"bad" tail\r\n'],
    ['behind a good field with quotes', '"2","a"b\n'],
  ] as const) {
    it(`is one bad input where that is ${what}, and the rows around it are read`, async () => {
      assert.deepEqual(await seconds(good + row + after), ['one', 'bad', 'three', 'fo"ur']);
    });
  }

  it('is as many bad inputs as there are such rows', async () => {
    const rows = Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? `${n},"bad" tail ${n}\n` : `${n},good\n`)).join(
      '',
    );
    const expected = Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? 'bad' : 'good'));
    assert.deepEqual(await seconds(rows), expected);
    assert.deepEqual(await seconds('1,"a" b\n2,"c" d\n3,5" disk\n4,well\n'), ['bad', 'bad', 'bad', 'well']);
  });

  it('is named with its line and what stands there', async () => {
    const [, , bad] = await inputsOf('line.csv', 'n,what\n1,"two\nlines"\n2,x\n3,"bad" tail\n');
    assert.equal(bad?.line, 5);
    assert.equal(
      bad.problem,
      "is no row like the first (a quote stands wrong: behind the end of a quoted field stands ' tail')",
    );
  });

  it('ends the input where a field may go on in the next line', async () => {
    for (const text of [
      // The first quote was to be none, so the field seems to go on up to the next.
      '1,one\n2,"5 inch disk\n3,"three"\n4,four\n',
      '1,one\n2,"5 inch disk\n3,5" disk\n4,four\n',
      // It begins wrong, and a field of it is open.
      '1,one\n2,"a" b,"c\nd"\n4,four\n',
      // Both lines may be one field with a quote in it.
      '1,one\n2,"a" b\nc"\n4,four\n',
    ]) {
      const read = await seconds(text);
      assert.deepEqual([read[0], read.at(-1)], ['one', 'the end'], text);
      assert.ok(!read.includes('four'), text);
    }
  });

  it('ends the input where a quote that nothing closed has taken rows in', async () => {
    assert.deepEqual(await seconds('1,one\n2,"open\n3,three\n4,"",x\n'), ['one', 'the end']);
    assert.deepEqual(await seconds('1,one\n"x\ny",2,3\n4,four\n'), ['one', 'bad', 'four'], 'no line of it is a row');
    const [, open] = await inputsOf('open.csv', 'a,b\n1,2\n"x,3\n4,5\n');
    assert.deepEqual([open?.line, open?.behind !== undefined], [3, true]);
    assert.match(open?.problem ?? '', /a quote is opened in it that nothing closes, up to line 4/);
  });
});

it('rows are told apart as the library does it, however the bytes are cut', () => {
  const random = seeded(7);
  const parts = ['a', '"', '""', ',', '\n', '\r\n', 'é', '"b"', ',"c",', ' '];
  let well = 0;
  for (let round = 0; round < 3_000; round++) {
    const text = Array.from({ length: 1 + random(12) }, () => parts[random(parts.length)] ?? '').join('');
    const splitter = new CsvSplitter(1_000, { hasHeader: false, columns: undefined });
    const bytes = Buffer.from(text);
    const size = 1 + random(6);
    const rows = [];
    for (let at = 0; at < bytes.length; at += size) rows.push(...splitter.push(bytes.subarray(at, at + size)));
    rows.push(...splitter.end());
    const isWell = rows.every((row) => row.ok || row.why.includes('columns length'));
    let expected: string[][] | undefined;
    try {
      expected = parse(text, { record_delimiter: ['\r\n', '\n'], relax_column_count: true, skip_empty_lines: true });
    } catch {
      // What is wrong for it is to be wrong for us.
    }
    if (!isWell || rows.some((row) => !row.ok)) {
      assert.ok(isWell || expected === undefined, `${JSON.stringify(text)} is well for the library`);
      continue;
    }
    well++;
    // A row that is nothing but spaces or a lone \r is not what this is about.
    if (/\r(?!\n)|^\s+$/m.test(text)) continue;
    const values = rows.map((row) => row.ok && row.value);
    assert.deepEqual(values, expected, text);
  }
  assert.ok(well > 500, `${well} were well`);
});

it('quotes are looked at from within a field as well', () => {
  assert.equal(lookAtQuotes('end",next', ',', true).isWell, true);
  assert.equal(lookAtQuotes('still inside', ',', true).isOpen, true);
  assert.equal(lookAtQuotes('end"x,"open', ',', true).isOpen, true);
  assert.equal(lookAtQuotes('"a"||"b"', '||', false).isWell, true);
  assert.equal(lookAtQuotes('"a"|"b"', '||', false).isWell, false);
});

describe('the names of columns', () => {
  it('are refused where two are one, or two have none', async () => {
    for (const [header, what] of [
      ['a,b,a', "columns 1 and 3 are both named 'a'"],
      ['a,,', 'columns 2 and 3 have no name'],
      ['"a b",x,"a b"', "columns 1 and 3 are both named 'a b'"],
    ] as const) {
      const [problem, ...others] = await inputsOf('twice.csv', `${header}\n1,2,3\n`);
      assert.deepEqual([problem?.line, others.length, problem?.behind !== undefined], [1, 0, true]);
      assert.ok(problem?.problem?.includes(what) === true, String(problem?.problem));
    }
  });

  it('may be empty once, as that of an index is, and may be names that objects have', async () => {
    assert.deepEqual(await valuesOf('index.csv', ',a\n0,1\n'), [{ '': '0', a: '1' }]);
    const [row] = (await valuesOf('proto.csv', '__proto__,constructor\n1,2\n')) as [object];
    assert.deepEqual(Object.entries(row), [
      ['__proto__', '1'],
      ['constructor', '2'],
    ]);
  });

  it('end the input where they cannot be read', async () => {
    assert.deepEqual(await valuesOf('quote.csv', 'a,"b"c\n1,2\n'), ['the end']);
    assert.deepEqual(await valuesOf('latin.csv', Buffer.from('a,b\xe9\n1,2\n', 'latin1')), ['the end']);
  });
});

describe('rows', () => {
  it('may end with CRLF, LF or both in turn, or all with CR', async () => {
    const expected = [
      { a: '1', b: 'x' },
      { a: '2', b: 'y\nz' },
      { a: '3', b: '' },
    ];
    assert.deepEqual(await valuesOf('mixed.csv', 'a,b\r\n1,x\n2,"y\nz"\r\n\r\n3,\n'), expected);
    const returns = await valuesOf('mac.csv', 'a,b\r1,x\r2,"y\rz"\r3,\r');
    assert.deepEqual(returns, [expected[0], { a: '2', b: 'y\rz' }, expected[2]]);
  });

  it('may be divided by anything, which a first line may say', async () => {
    const [a, b] = [
      { n: '1', what: 'a,b' },
      { n: '2', what: 'c;d' },
    ];
    assert.deepEqual(await valuesOf('semi.csv', 'n;what\n1;a,b\n2;"c;d"\n', { csv: { delimiter: ';' } }), [a, b]);
    assert.deepEqual(await valuesOf('sep.csv', '\uFEFFsep=;\r\nn;what\r\n1;a,b\r\n2;"c;d"\r\n'), [a, b]);
    assert.deepEqual(await valuesOf('sep2.csv', '"sep=|"\nn|what\n1|a,b\n2|c;d\n'), [a, b]);
    assert.deepEqual(await valuesOf('rows.tsv', 'n\twhat\n1\ta,b\n2\tc;d\n'), [a, b]);
    assert.deepEqual(await valuesOf('bars.csv', 'n||what\n1||a,b\n2||"c;d"\n', { csv: { delimiter: '||' } }), [a, b]);
    assert.deepEqual(await valuesOf('sep3.csv', 'sep=;\nn,what\n1,"a,b"\n', { csv: { delimiter: ',' } }), [a]);
  });

  it('are lists without a header, or objects by the names that are given', async () => {
    const text = '1,one\n2,two,more\n3,"three"\n';
    assert.deepEqual(await valuesOf('bare.csv', text, { csv: { hasHeader: false } }), [
      ['1', 'one'],
      'bad',
      ['3', 'three'],
    ]);
    assert.deepEqual(await valuesOf('named.csv', text, { csv: { hasHeader: false, columns: ['n', 'what'] } }), [
      { n: '1', what: 'one' },
      'bad',
      { n: '3', what: 'three' },
    ]);
  });

  it('that are too long end the input', async () => {
    const text = `a,b\n1,2\n3,"${'x\n'.repeat(60)}"\n4,5\n`;
    assert.deepEqual(await valuesOf('long.csv', text, { maxLineBytes: 100 }), [{ a: '1', b: '2' }, 'the end']);
    assert.deepEqual(await valuesOf('wide.csv', `a,b\n1,${'x'.repeat(200)}\n`, { maxLineBytes: 100 }), ['the end']);
  });
});

describe('the command', () => {
  it('reads rows as its flags say', async () => {
    const place = new Place();
    const file = 'rows.txt';
    writeFileSync(join(place.folder, file), '1;one\n2;two\n');
    const map = async (...flags: string[]): Promise<unknown[]> =>
      linesOf((await polyloop(['map', functions, '-k', file, ...flags], '', place.folder)).stdout).map(
        ({ value }) => value,
      );
    assert.deepEqual(await map('--delimiter', ';', '--no-header'), [
      ['1', 'one'],
      ['2', 'two'],
    ]);
    assert.deepEqual(await map('--delimiter', ';', '--no-header', '--columns', 'n,what'), [
      { n: '1', what: 'one' },
      { n: '2', what: 'two' },
    ]);
    assert.deepEqual(await map('--tsv'), [{ '1;one': '2;two' }]);
  });

  it('counts a wrong row once, so that the seq of the others stays', async () => {
    const text = 'n,what\n1,one\n2,a"b"c"d\n3,three\n';
    const ended = await polyloop(
      ['map', functions, '-k', '--input', 'csv', '--bad-input', 'skip'],
      text,
      new Place().folder,
    );
    assert.deepEqual(
      linesOf(ended.stdout).map(({ seq }) => seq),
      [1, 3],
    );
    assert.match(ended.stderr, /2 inputs in .*1 skipped/);
  });

  it('refuses to go on with rows of other columns', async () => {
    const place = new Place();
    const rows = join(place.folder, 'rows.csv');
    writeFileSync(rows, 'a,b\n1,2\n3,4\n');
    const first = await place.map('default', '', 'rows.csv', '-o', 'out.jsonl', '--limit', '1');
    assert.equal(first.code, 0, first.stderr);
    writeFileSync(rows, 'b,a\n1,2\n3,4\n');
    const swapped = await place.map('default', '', 'rows.csv', '-o', 'out.jsonl', '--resume');
    assert.equal(swapped.code, 255);
    assert.match(swapped.stderr, /Input 1 \(rows\.csv:2\) is '1,2' of the columns b, a, and was '1,2' of others/);
    assert.deepEqual(place.lines.length, 1);
  });

  it('refuses flags that do not go together', () => {
    assert.throws(() => readingOf({ columns: ['a'] }, []), /--columns takes --csv.*or --no-header/);
    assert.throws(
      () => readingOf({ tsv: true, header: false, input: 'jsonl' }, []),
      /--tsv and --no-header takes --input csv/,
    );
    assert.throws(() => readingOf({ bigNumbers: 'string', input: 'csv' }, []), UsageError);
    assert.throws(() => delimiterOf('"'), UsageError);
    assert.throws(() => delimiterOf(''), UsageError);
    assert.equal(delimiterOf('\\t'), '\t');
    assert.throws(() => columnsOf('a,b,a'), /'a' is there twice/);
    assert.throws(() => columnsOf('a,,b'), UsageError);
    assert.deepEqual(columnsOf('id,"last, first"'), ['id', 'last, first']);
  });
});

/** Whole numbers below another, the same in each run. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
