// Rows of CSV: which columns they have, what does not fit into them, and what is kept of inputs in them and in records.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { jsonLines, linesOf, polyloop } from '../support/command.ts';
import { newFolder } from '../support/files.ts';
import { kinds, watch } from '../support/pools.ts';
import { shareOf } from '../support/shares.ts';

watch();

const returns = fileURLToPath(new URL('../tasks/returns.ts', import.meta.url));

interface Line {
  readonly after?: number;
  readonly value?: unknown;
}

const values = (...all: readonly unknown[]): string => lines(...all.map((value) => ({ value })));
const lines = (...all: readonly Line[]): string => all.map((line) => `${JSON.stringify(line)}\n`).join('');

const csv = (input: string, ...args: string[]): ReturnType<typeof polyloop> => csvIn(newFolder(), input, ...args);
const csvIn = (folder: string, input: string, ...args: string[]): ReturnType<typeof polyloop> =>
  polyloop(['map', `${returns}#parsed`, '--csv', ...args], input, folder);

describe('a value that does not fit the columns', () => {
  for (const kind of kinds) {
    for (const order of shareOf([[], ['-k']], 2, kinds.indexOf(kind))) {
      it(`is a failure of its input alone, over ${[kind, ...order].join(' ')}`, async () => {
        const input = values({ a: 1 }, { a: 2 }, { a: 3, b: 4 }, { a: 5 });
        const { stdout, stderr, code } = await csv(input, '--kind', kind, ...order);
        assert.deepEqual(stdout.split('\n').toSorted(), ['', '1,1', '2,2', '4,5', 'seq,a']);
        assert.equal(code, 1);
        assert.match(
          stderr,
          /^polyloop: input 3 \(stdin:3\) failed: UnwritableError: value\.b is in none of the columns a: .*--columns/,
        );
        assert.match(stderr, /4 inputs in .*, 1 failed/);
      });
    }
  }

  it('fails once, whatever retries there are, is in the log, and runs again when that is asked for', async () => {
    const folder = newFolder();
    const input = values({ a: 1 }, { a: 2, b: 3 });
    const args = ['-o', 'out.csv', '--joblog', 'run.log', '--retries', '3'];
    assert.equal((await csvIn(folder, input, ...args)).code, 1);
    const [, failed] = (jsonLines(readFileSync(join(folder, 'run.log'), 'utf8')) as Record<string, unknown>[]).filter(
      ({ seq }) => seq !== undefined,
    );
    assert.deepEqual([failed?.['ok'], failed?.['attempts']], [false, 1]);
    assert.equal((await csvIn(folder, input, ...args, '--retry-failed')).code, 1);
    assert.equal(readFileSync(join(folder, 'out.csv'), 'utf8'), 'seq,a\n1,1\n');
  });

  it('halts where a failure does', async () => {
    const input = lines({ value: { a: 1 } }, { value: { b: 1 } }, { after: 20_000, value: { a: 2 } });
    const { stderr } = await csv(input, '--halt', 'now,fail=1');
    assert.match(stderr, /Halted after 1 failed and 1 succeeded/);
  });

  it('is text among objects, and an object among texts', async () => {
    const first = await csv(values({ a: 1 }, 'text', [1]), '-k');
    assert.deepEqual([first.stdout, first.code], ['seq,a\n1,1\n', 2]);
    assert.match(first.stderr, /input 2 .* value is no object, and has no place in the columns a/);
    const args = ['-k', '--columns', 'value'];
    const other = await csv(values('text', { a: 1 }, { value: 2 }), ...args);
    assert.deepEqual([other.stdout, other.code], ['seq,value\n1,text\n3,2\n', 1]);
  });

  it('has what others have no place for: values that are yielded, where others are returned', async () => {
    const mixed = (...args: string[]): ReturnType<typeof polyloop> =>
      polyloop(
        ['map', `${returns}#yieldedOrReturned`, '--csv', '-k', '-c', '1', ...args],
        '{"a":1}\n[{"a":2}]\n',
        newFolder(),
      );
    const { stdout, stderr, code } = await mixed();
    assert.deepEqual([stdout, code], ['seq,a\n1,1\n', 1]);
    assert.match(stderr, /input 2 .* what it yields has no place in these rows/);
  });

  it('has a whole input without rows, where one of the values that it yields does not fit', async () => {
    const input = '[{"a":1},{"a":2}]\n[{"a":3},{"b":4}]\n[]\n';
    const args = ['map', `${returns}#yieldedOrReturned`, '--csv', '-k', '-q'];
    const { stdout, code } = await polyloop(args, input, newFolder());
    assert.deepEqual([stdout, code], ['seq,part,a\n1,1,1\n1,2,2\n', 1]);
  });
});

describe('the columns', () => {
  for (const order of [[], ['-k']]) {
    it(`are those of the first value in the order of the inputs, whenever it comes: ${order.join('')}`, async () => {
      const input = lines({ after: 150, value: { z: 1, y: 2 } }, { value: { y: 3, z: 4 } }, { value: { y: 5 } });
      const { stdout } = await csv(input, ...order);
      const [header, ...rows] = stdout.trimEnd().split('\n');
      assert.equal(header, 'seq,z,y');
      assert.deepEqual(rows, ['1,1,2', '2,4,3', '3,,5']);
    });
  }

  it('wait for an object: nothing, a failure, an empty object or a text have none', async () => {
    const input = values(undefined, null, 'fail', {}, 'text', { a: 1 }, { a: 2 });
    const { stdout, code } = await csv(input, '-q', '-k');
    assert.deepEqual([stdout, code], ['seq,a\n1,\n2,\n4,\n6,1\n7,2\n', 2]);
  });

  it('are not waited for, for ever: of a hundred texts the column is `value`', async () => {
    const texts = Array.from({ length: 130 }, () => 'x');
    const { stdout, code } = await csv(values(...texts, { a: 1 }), '-q', '-k');
    assert.equal(stdout, `seq,value\n${texts.map((text, at) => `${at + 1},${text}\n`).join('')}`);
    assert.equal(code, 1);
  });

  it('are not waited for with more than so much in memory: what is before them comes first', async () => {
    const args = ['map', `${returns}#textLateFirst`, '--csv', '-q', '-o', 'out.csv', '-c', '4'];
    const folder = newFolder();
    const { code, stderr } = await polyloop(args, `1\n${'2000000\n'.repeat(60)}`, folder);
    assert.deepEqual([code, stderr], [0, '']);
    const rows = readFileSync(join(folder, 'out.csv'), 'utf8').trimEnd().split('\n');
    assert.deepEqual(rows.slice(0, 2), ['seq,value', '1,x']);
    assert.equal(rows.length, 62);
  });

  it('have rows, too, where a run was ended before they were known', async () => {
    const { stdout } = await csv(values('a', 'fail', 'b'), '-q', '-k', '--halt', 'soon,fail=1');
    assert.equal(stdout.split('\n')[0], 'seq,value');
    assert.match(stdout, /^1,a$/m);
  });

  it('are those of --columns, in that order, where these are named', async () => {
    const input = values({ a: 1 }, { a: 2, 'b, c': 3 }, { d: 4 });
    const { stdout, stderr, code } = await csv(input, '-k', '--columns', '"b, c",a');
    assert.deepEqual([stdout, code], ['seq,"b, c",a\n1,,1\n2,3,2\n', 1]);
    assert.match(stderr, /input 3 .* value\.d is in none of the columns b, c, a: those of --columns/);
  });

  it('do not take what each object has for a property', async () => {
    const { stdout } = await csv(values({ a: 1 }), '--columns', 'a,constructor,toString,__proto__');
    assert.equal(stdout, 'seq,a,constructor,toString,__proto__\n1,1,,,\n');
  });

  it('have names of their own: a property that is called seq or part is value.seq, value.part', async () => {
    const { stdout } = await csv(values({ seq: 'a', part: 'b', c: 1 }));
    assert.equal(stdout, 'seq,value.seq,value.part,c\n1,a,b,1\n');
  });

  for (const [args, says] of [
    [['--columns', 'a'], /^polyloop: --columns takes --csv/],
    [['--csv', '--columns', 'a,,b'], /It takes names with commas between them/],
    [['--csv', '--columns', ''], /It takes names with commas between them/],
    [['--csv', '--columns', '"a'], /It takes names with commas between them/],
    [['--csv', '--columns', 'a,b,a'], /'a' is there twice/],
  ] as const) {
    it(`are refused before anything is run: ${args.join(' ')}`, async () => {
      const { stderr, stdout, code } = await polyloop(['map', `${returns}#parsed`, ...args], values(1), newFolder());
      assert.deepEqual([stdout, code], ['', 255]);
      assert.match(stderr, says);
    });
  }
});

describe('rows that are added to those of another run', () => {
  const once = ['-o', 'out.csv', '--joblog', 'run.log', '-k'];

  for (const first of [
    { a: 1, 'two\nlines': 2, '"': 3 },
    { seq: 1, part: 2 },
    { b: 1, a: 2 },
  ]) {
    it(`have the same columns: ${JSON.stringify(first)}`, async () => {
      const folder = newFolder();
      const other = Object.fromEntries(Object.entries(first).toReversed());
      await csvIn(folder, values(first), ...once);
      const before = readFileSync(join(folder, 'out.csv'), 'utf8');
      await csvIn(folder, values(first, other, { c: 1 }), ...once, '--resume', '-q');
      assert.equal(
        readFileSync(join(folder, 'out.csv'), 'utf8'),
        `${before}2${before.slice(before.lastIndexOf('\n1,') + 2)}`,
      );
    });
  }

  it('have them from the beginning where nothing was written yet', async () => {
    const folder = newFolder();
    await csvIn(folder, values('fail'), ...once);
    await csvIn(folder, values('fail', { a: 1 }), ...once, '--resume');
    assert.equal(readFileSync(join(folder, 'out.csv'), 'utf8'), 'seq,a\n2,1\n');
  });

  for (const [what, args, content] of [
    ['--columns are other ones', ['--columns', 'b,a'], 'seq,a,b\n1,2,3\n'],
    ['--keep is other', ['--keep', 'input'], 'seq,a,b\n1,2,3\n'],
    ['it is no file of rows', [], 'my notes\n'],
    ['it has a quote too many', [], '"\n'],
  ] as const) {
    it(`are refused, and nothing is touched, where ${what}`, async () => {
      const folder = newFolder();
      writeFileSync(join(folder, 'out.csv'), content);
      const { stderr, code } = await csvIn(folder, values({ a: 1 }), '-o', 'out.csv', '--append', ...args);
      assert.equal(code, 255);
      assert.match(stderr, /^polyloop: out\.csv has the columns .*, and what is to be added to it would have seq, /);
      assert.equal(readFileSync(join(folder, 'out.csv'), 'utf8'), content);
    });
  }

  it('have columns of their own with --overwrite', async () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'out.csv'), 'seq,z\n1,2\n');
    await csvIn(folder, values({ a: 1 }), '-o', 'out.csv', '--overwrite');
    assert.equal(readFileSync(join(folder, 'out.csv'), 'utf8'), 'seq,a\n1,1\n');
  });
});

describe('--keep', () => {
  const table = 'id,name,note\n1,Ann,"a, b"\n2,Bob,\n';
  const run = (input: string, fn: string, ...args: string[]): ReturnType<typeof polyloop> =>
    polyloop(['map', `${returns}#${fn}`, '-k', '-q', ...args], input, newFolder());
  const inputsOf = (stdout: string): unknown[] =>
    (jsonLines(stdout) as { input?: unknown }[]).map(({ input }) => input);

  for (const kind of kinds) {
    it(`puts fields of the input into each record, failures too, over ${kind}`, async () => {
      const { stdout } = await run(table, 'failOdd', '--input', 'csv', '--keep', 'note,id', '--kind', kind);
      assert.deepEqual(inputsOf(stdout), [
        { note: 'a, b', id: '1' },
        { note: '', id: '2' },
      ]);
      assert.deepEqual(
        linesOf(stdout).map(({ ok }) => ok),
        [false, true],
      );
    });
  }

  it('puts them before the values into rows, under names of their own', async () => {
    const { stdout } = await run(table, 'failOdd', '--input', 'csv', '--keep', 'id,name', '--csv');
    assert.equal(stdout, 'seq,input.id,name,half,id\n2,2,Bob,1,half of 2\n');
  });

  it('is found again in rows that are there already', async () => {
    const folder = newFolder();
    const args = ['map', `${returns}#failOdd`, '--input', 'csv', '--csv', '-k', '-o', 'out.csv', '--joblog', 'run.log'];
    const keep = ['--keep', 'id,name'];
    await polyloop([...args, ...keep], 'id,name\n2,Bob\n', folder);
    const other = await polyloop([...args, '--resume'], 'id,name\n2,Bob\n4,Cat\n', folder);
    assert.match(other.stderr, /^polyloop: The run that is to go on was with --keep id,name, and its rows are so\./);
    assert.equal(other.code, 255);
    await polyloop([...args, ...keep, '--resume'], 'id,name\n2,Bob\n4,Cat\n', folder);
    assert.equal(
      readFileSync(join(folder, 'out.csv'), 'utf8'),
      'seq,input.id,name,half,id\n2,2,Bob,1,half of 2\n4,4,Cat,2,half of 4\n'
        .replace('\n2,2', '\n1,2')
        .replace('\n4,4', '\n2,4'),
    );
  });

  it('puts the whole input into each: as text, as an object, or as it was written', async () => {
    assert.deepEqual(inputsOf((await run('a "b"\n', 'text', '--keep', 'input')).stdout), ['a "b"']);
    assert.deepEqual(inputsOf((await run(table, 'failOdd', '--input', 'csv', '--keep', 'input')).stdout)[1], {
      id: '2',
      name: 'Bob',
      note: '',
    });
    const json = '{"id": 12345678901234567890, "list": [1.0]}';
    const { stdout } = await run(
      ` ${json}\n`,
      'failOdd',
      '--input',
      'jsonl',
      '--keep',
      'input',
      '--big-numbers',
      'string',
    );
    assert.ok(stdout.includes(`"input":${json},`), stdout);
    assert.equal((await run('2\n', 'text', '--keep', 'input', '--csv')).stdout, 'seq,input,value\n1,2,xx\n');
    assert.equal(
      (await run('{"id":2}\n', 'failOdd', '--input', 'jsonl', '--keep', 'input', '--csv')).stdout,
      'seq,input,half,id\n1,"{""id"":2}",1,half of 2\n',
    );
  });

  it('puts it into each part', async () => {
    const { stdout } = await run('[1,2]\n', 'yieldedOrReturned', '--keep', 'input');
    assert.deepEqual(inputsOf(stdout), ['[1,2]', '[1,2]']);
  });

  it('leaves out what an object has not, and keeps the text of what could not be read', async () => {
    const input = '{"id":2,"a":null,"b":[1]}\n3\n';
    const { stdout } = await run(input, 'inputItself', '--input', 'jsonl', '--keep', 'id,b,constructor');
    assert.deepEqual(inputsOf(stdout), [{ id: 2, b: [1] }, {}]);
    const bad = ['--input', 'jsonl', '--bad-input', 'record', '--keep'];
    assert.deepEqual(inputsOf((await run('{\n', 'inputItself', ...bad, 'input')).stdout), ['{']);
    assert.deepEqual(inputsOf((await run('{\n', 'inputItself', ...bad, 'id')).stdout), [{}]);
  });

  it('is refused where there is no such column, where inputs are texts, and where it has no place', async () => {
    const { stderr, code } = await run(table, 'failOdd', '--input', 'csv', '--keep', 'id,nmae');
    assert.equal(code, 255);
    assert.match(stderr, /^polyloop: stdin has no column 'nmae' for --keep; it has id, name, note\./);
    const texts = await run('a\n', 'text', '--keep', 'id');
    assert.match(texts.stderr, /^polyloop: --keep id takes inputs that have fields, and those of stdin are texts/);
    const raw = await run('a\n', 'text', '--keep', 'input', '--raw');
    assert.match(raw.stderr, /'--keep <FIELD,...\|input>' cannot be used with option '--raw'/);
    assert.deepEqual([texts.code, raw.code], [255, 255]);
  });
});

describe('--columns', () => {
  it('names the columns of inputs where these have no header, also when rows are written', async () => {
    const folder = newFolder();
    const args = [
      'map',
      `${returns}#inputItself`,
      '--csv',
      '--no-header',
      '--columns',
      'id,name',
      '--input',
      'csv',
      '-k',
    ];
    const { stdout, code } = await polyloop(args, '1,Ann\n2,Bob\n', folder);
    assert.deepEqual([stdout, code], ['seq,id,name\n1,1,Ann\n2,2,Bob\n', 0]);
  });

  it('without anything to name is refused', async () => {
    const { stderr, code } = await polyloop(['map', `${returns}#inputItself`, '--columns', 'a'], '', newFolder());
    assert.match(stderr, /^polyloop: --columns takes --csv.*or --no-header/);
    assert.equal(code, 255);
  });
});

describe('whole numbers of any size', () => {
  it('stand in records, in cells and in what is kept of inputs as they were', async () => {
    const big = '12345678901234567890';
    const args = ['map', `${returns}#inputItself`, '--input', 'jsonl', '--big-numbers', 'bigint', '-q'];
    const input = `{"id":${big},"deep":[${big}]}\n`;
    const rows = await polyloop([...args, '--csv', '--keep', 'input'], input, newFolder());
    assert.equal(rows.stdout, `seq,input,id,deep\n1,"{""id"":${big},""deep"":[${big}]}",${big},[${big}]\n`);
    const record = await polyloop([...args, '--keep', 'id'], input, newFolder());
    assert.match(record.stdout, new RegExp(`"input":\\{"id":${big}\\},"value":\\{"id":${big},"deep":\\[${big}\\]\\}`));
  });
});

describe('what is kept of a batch', () => {
  it('is the list of its inputs, as they were; single fields are refused', async () => {
    const args = ['map', `${returns}#inputItself`, '--input', 'jsonl', '--batch', '2', '-q', '-k'];
    const { stdout } = await polyloop([...args, '--keep', 'input'], '{"a":1}\n{"a":2}\n{"a": 3}\n', newFolder());
    assert.deepEqual(
      linesOf(stdout).map((record) => (record as unknown as { input: unknown }).input),
      [[{ a: 1 }, { a: 2 }], [{ a: 3 }]],
    );
    const refused = await polyloop([...args, '--keep', 'a'], '{"a":1}\n', newFolder());
    assert.match(refused.stderr, /--keep input with --batch/);
  });
});
