// --errors: inputs that have failed, whole and as they were, so that the file can be an input again.
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { functions, linesOf, polyloop } from '../support/command.ts';
import { newFolder } from '../support/files.ts';
import { kinds, watch } from '../support/pools.ts';
import type { Ended } from '../support/programs.ts';
import { shareOf } from '../support/shares.ts';

watch();

const returns = fileURLToPath(new URL('../tasks/returns.ts', import.meta.url));

class Folder {
  readonly path = newFolder();

  map(fn: string, input: string, ...args: string[]): Promise<Ended> {
    return polyloop(['map', fn.includes('#') ? fn : `${functions}#${fn}`, '-k', '-q', ...args], input, this.path);
  }

  read(name: string): string {
    return readFileSync(join(this.path, name), 'utf8');
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.path, name), text);
  }

  /** The value of each record of a run over a file. */
  async inputsIn(name: string, ...args: string[]): Promise<unknown[]> {
    return linesOf((await this.map(`${returns}#inputItself`, '', name, ...args)).stdout).map(({ value }) => value);
  }
}

const table = 'id,note\r\n1,"a ""b"", c"\r\n2,fine\r\n\r\n3,"over\ntwo lines"\r\n';
const sep = 'sep=;\nid;note\n1;a,b\n2;c\n';
const keepsBig = ['--big-numbers', 'string'];
const formats: readonly (readonly [
  format: string,
  fn: string,
  input: string,
  failed: string,
  flags?: readonly string[],
])[] = [
  ['lines', 'failIfOdd', '1\n2\r\n 3\r\n5', '1\n 3\n5\n'],
  ['null', 'failIfOdd', '1\x002\x003', '1\x003\x00'],
  ['null', `${returns}#failEach`, 'two\nlines\0\n\0', 'two\nlines\0\n\0'],
  [
    'jsonl',
    `${returns}#failOdd`,
    ' {"id": 1, "n": 12345678901234567890}\n\n{"id":2}\n',
    ' {"id": 1, "n": 12345678901234567890}\n',
    keepsBig,
  ],
  ['json', `${returns}#failOdd`, '[{"id": 1,\n "n": 1e2}, {"id": 2}]', '{"id": 1,\n "n": 1e2}\n'],
  ['csv', `${returns}#failOdd`, table, 'id,note\n1,"a ""b"", c"\n3,"over\ntwo lines"\n'],
  ['csv', `${returns}#failOdd`, sep, 'sep=;\nid;note\n1;a,b\n'],
  ['csv', `${returns}#failOdd`, 'id\tn\n1\ta,b\n', 'id\tn\n1\ta,b\n', ['--tsv']],
  ['csv', `${returns}#failOdd`, '1|2\n2|3\n', '1|2\n', ['--delimiter', '|', '--no-header', '--columns', 'id,n']],
  ['jsonl', `${returns}#failEach`, '1\n 2\n3\n', '1\n 2\n3\n', ['--batch', '2']],
  ['csv', `${returns}#failEach`, table, table.replaceAll('\r\n\r\n', '\n').replaceAll('\r\n', '\n'), ['--batch', '2']],
];

describe('inputs that have failed', () => {
  for (const [at, [format, fn, input, failed, flags = []]] of shareOf([...formats.entries()], 2, 0)) {
    const kind = kinds[at % 3] ?? 'inline';
    it(`are written as they were, and are an input again: --input ${[format, ...flags].join(' ')} over ${kind}, as ${JSON.stringify(failed)}`, async () => {
      const folder = new Folder();
      await folder.map(fn, input, '--input', format, '--errors', 'failed', '--kind', kind, ...flags);
      assert.equal(folder.read('failed'), failed);
      const again = await folder.map(fn, '', 'failed', '--input', format, '--errors', 'failed again', ...flags);
      assert.equal(again.code, again.stdout.split('\n').length - 1, 'all fail again');
      assert.equal(folder.read('failed again'), failed);
    });
  }

  it('are those that cannot be written, too, those that end late, and those that end their worker', async () => {
    const folder = new Folder();
    await folder.map(`${returns}#default`, 'NaN\nfine\na Headers\n', '--errors', 'a');
    assert.equal(folder.read('a'), 'NaN\na Headers\n');
    await folder.map(`${returns}#parsed`, '{"value":{"a":1}}\n{"value":{"b":1}}\n', '--csv', '--errors', 'b');
    assert.equal(folder.read('b'), '{"value":{"b":1}}\n');
    await folder.map(
      'sleepDeaf',
      '1\n5000\n',
      '--timeout',
      '300ms',
      '--grace',
      '1ms',
      '--errors',
      'c',
      '--kind',
      'process',
    );
    assert.equal(folder.read('c'), '5000\n');
    await folder.map('exitIfThree', '1\n3\n', '-c', '1', '--errors', 'd', '--kind', 'process');
    assert.equal(folder.read('d'), '3\n');
  });

  it('are those that could not be read, where these are recorded; what was too long is named', async () => {
    const folder = new Folder();
    const args = ['--bad-input', 'record', '--errors', 'failed'];
    await folder.map('default', '{"a":1}\n{"a":\n', '--input', 'jsonl', ...args);
    assert.equal(folder.read('failed'), '{"a":\n');
    const { stderr, code } = await folder.map('default', 'a\nbcdef\n', '--max-line-bytes', '3', ...args, '--overwrite');
    assert.deepEqual([folder.read('failed'), code], ['', 1]);
    assert.equal(stderr, 'polyloop: Input 2 (stdin:2) is not in failed: it was too long, or is no UTF-8.\n');
    writeFileSync(join(folder.path, 'latin1.txt'), Buffer.from('a\ncaf\xe9\n', 'latin1'));
    const other = await folder.map('default', '', 'latin1.txt', ...args, '--overwrite');
    assert.match(other.stderr, /Input 2 \(latin1\.txt:2\) is not in failed/);
    assert.equal(folder.read('failed'), '');
    await folder.map('default', 'a,b\n1,2\n3\n', '--input', 'csv', ...args, '--overwrite');
    assert.equal(folder.read('failed'), 'a,b\n3\n');
  });

  it('are named in the summary', async () => {
    const { stderr } = await new Folder().map('failIfOdd', '1\n', '--errors', 'failed.txt', '--summary');
    assert.match(stderr, /^ {2}errors +failed\.txt$/m);
  });

  it('are all of one table, or the run is refused when it comes to another', async () => {
    const folder = new Folder();
    folder.write('a.csv', 'id,x\n1,2\n');
    folder.write('b.csv', 'x,id\n2,3\n');
    const { stderr, code } = await folder.map(`${returns}#failOdd`, '', 'a.csv', 'b.csv', '--errors', 'failed.csv');
    assert.equal(code, 255);
    assert.match(
      stderr,
      /polyloop: b\.csv has other columns than a\.csv, and rows of both would be mixed in failed\.csv/,
    );
    assert.equal(folder.read('failed.csv'), 'id,x\n1,2\n');
    const added = await folder.map(`${returns}#failOdd`, '', 'b.csv', '--errors', 'failed.csv', '--append');
    assert.match(added.stderr, /b\.csv has other columns than failed\.csv/);
    assert.equal((await folder.map(`${returns}#failOdd`, '', 'a.csv', '--errors', 'failed.csv', '--append')).code, 1);
    assert.equal(folder.read('failed.csv'), 'id,x\n1,2\n1,2\n');
  });

  it('are of one format, or the run is refused', async () => {
    const folder = new Folder();
    folder.write('a.csv', 'id\n1\n');
    folder.write('b.txt', '1\n');
    const { stderr, code } = await folder.map('failIfOdd', '', 'a.csv', 'b.txt', '--errors', 'failed');
    assert.equal(code, 255);
    assert.match(stderr, /--errors takes inputs of one format: a\.csv has csv, and b\.txt lines/);
    assert.equal(existsSync(join(folder.path, 'failed')), false);
    assert.match((await folder.map('failIfOdd', '1\n', '--errors', '-')).stderr, /--errors takes a file/);
  });
});

describe('a file of failed inputs that is there already', () => {
  it('is refused, added to behind its last whole input, or written anew', async () => {
    for (const [format, there, input, added, anew] of [
      ['lines', 'old\nhalf', '1\n', 'old\n1\n', '1\n'],
      ['null', 'old\n\0half\n', '1\0', 'old\n\x001\x00', '1\0'],
    ] as const) {
      const folder = new Folder();
      const args = ['--errors', 'failed', '--input', format];
      folder.write('failed', there);
      const { stderr, code } = await folder.map('failIfOdd', input, ...args);
      assert.equal(code, 255);
      assert.match(stderr, /^polyloop: failed is there already\. Add to it with --append, or write it anew/);
      assert.equal(folder.read('failed'), there);
      await folder.map('failIfOdd', input, ...args, '--append');
      assert.equal(folder.read('failed'), added);
      await folder.map('failIfOdd', input, ...args, '--overwrite');
      assert.equal(folder.read('failed'), anew);
    }
  });
});

describe('a run that goes on', () => {
  const outputs: readonly (readonly string[])[] = [[], ['-o', 'out.jsonl'], ['-o', 'out.csv', '--csv']];
  const log = ['--joblog', 'run.log', '--errors', 'failed.txt'];
  const odd = (...all: number[]): string => all.map((n) => `${n}\n`).join('');
  const upTo = (count: number): string => Array.from({ length: count }, (_, n) => `${n + 1}\n`).join('');

  const changes = [
    ['--resume', '1\n5\n3\n', /failed\.txt is not as run\.log has it; .*see line 2, where the record of input 3/],
    ['--resume', '1\n3\n5\n7\n', /see line 4, which is more than was written there/],
    ['--resume', '1\n3\n', /inputs that have failed are gone from it\. Nothing was touched\..*--resume-failed/],
    ['--resume', '', /inputs that have failed are gone from it/],
    ['--retry-failed', '1\n3 to do\n5\n', /see line 2/],
    ['--resume-failed', '1\n3\n5\n7\n', /see line 4/],
  ] as const;

  for (const [at, output] of shareOf([...outputs.entries()], 3, 1)) {
    const named = output.length === 0 ? 'stdout' : output.join(' ');

    it(`adds what fails, and runs what had failed anew: ${named}`, async () => {
      const folder = new Folder();
      folder.write('failed.txt', 'before\n');
      const run = (fn: string, count: number, way: string): Promise<Ended> =>
        folder.map(fn, upTo(count), ...log, ...output, way);
      await run('failIfOdd', 3, '--append');
      assert.equal(folder.read('failed.txt'), 'before\n1\n3\n');
      await run('failIfOdd', 6, '--resume');
      assert.equal(folder.read('failed.txt'), 'before\n1\n3\n5\n');
      await run('failIfOdd', 7, '--resume-failed');
      assert.equal(folder.read('failed.txt'), 'before\n1\n3\n5\n7\n');
      await run('failIfOdd', 7, '--retry-failed');
      assert.equal(folder.read('failed.txt'), 'before\n1\n3\n5\n7\n');
      const { code } = await run('lengthOf', 7, '--retry-failed');
      assert.deepEqual([folder.read('failed.txt'), code], ['before\n', 0]);
    });

    for (const [number, [way, changed, says]] of changes.entries()) {
      if (number % outputs.length !== at) continue;
      it(`refuses a file that is ${JSON.stringify(changed)} by another, and touches nothing: ${named} ${way}`, async () => {
        const folder = new Folder();
        await folder.map('failIfOdd', upTo(6), ...log, ...output);
        folder.write('failed.txt', changed);
        const before = folder.read('run.log');
        const { stderr, code } = await folder.map('failIfOdd', upTo(6), ...log, ...output, way);
        assert.equal(code, 255);
        assert.match(stderr, says);
        assert.deepEqual([folder.read('failed.txt'), folder.read('run.log')], [changed, before]);
      });
    }

    it(`knows what a run was writing that was killed: ${named}`, async () => {
      const folder = new Folder();
      await folder.map('failIfOdd', upTo(3), ...log, ...output);
      await folder.map('failIfOdd', upTo(9), ...log, ...output, '--resume');
      const whole = folder.read('run.log');
      const last = whole.lastIndexOf('{"type":"writing"');
      // It had written some of the inputs, and nothing of the log behind.
      folder.write('run.log', whole.slice(0, whole.indexOf('\n', last) + 1));
      if (output[1] !== undefined) {
        const { bytes } = JSON.parse(whole.slice(last, whole.indexOf('\n', last))) as { bytes: number };
        const written = folder.read(output[1]);
        folder.write(output[1], written.slice(0, written.length - bytes));
      }
      const all = odd(1, 3, 5, 7, 9);
      folder.write('failed.txt', all.slice(0, -1));
      const { code, stderr } = await folder.map('failIfOdd', upTo(9), ...log, ...output, '--resume');
      assert.ok(code !== null && code > 0 && code < 100, stderr);
      assert.equal(folder.read('failed.txt'), all);
    });

    it(`lets them leave the file, too, where it was killed before that was done: ${named}`, async () => {
      const folder = new Folder();
      await folder.map('failIfOdd', upTo(4), ...log, ...output);
      const before = folder.read('failed.txt');
      await folder.map('lengthOf', upTo(4), ...log, ...output, '--retry-failed', '--halt', 'now,done=1');
      const whole = folder.read('run.log');
      const last = whole.lastIndexOf('{"type":"rewritten"');
      folder.write('run.log', whole.slice(0, whole.indexOf('\n', last) + 1));
      if (output[1] !== undefined) {
        const { bytes } = JSON.parse(whole.slice(last, whole.indexOf('\n', last))) as { bytes: number };
        folder.write(output[1], folder.read(output[1]).slice(0, bytes));
      }
      folder.write('failed.txt', before);
      const { code, stderr } = await folder.map('lengthOf', upTo(4), ...log, ...output, '--resume');
      assert.deepEqual([code, folder.read('failed.txt')], [0, ''], stderr);
    });
  }

  it('has a header once, whatever it begins with', async () => {
    const folder = new Folder();
    const args = [...log, '--input', 'csv'];
    const fn = `${returns}#failOdd`;
    await folder.map(fn, 'id\n1\n', ...args);
    await folder.map(fn, 'id\n1\n3\n', ...args, '--resume');
    assert.equal(folder.read('failed.txt'), 'id\n1\n3\n');
    await folder.map(fn, 'id\n1\n3\n', ...args, '--retry-failed');
    assert.equal(folder.read('failed.txt'), 'id\n1\n3\n');
  });

  it('may lack the file where all of it runs again', async () => {
    const folder = new Folder();
    await folder.map('failIfOdd', upTo(3), ...log);
    rmSync(join(folder.path, 'failed.txt'));
    assert.equal((await folder.map('failIfOdd', upTo(3), ...log, '--resume')).code, 255);
    await folder.map('failIfOdd', upTo(3), ...log, '--retry-failed');
    assert.equal(folder.read('failed.txt'), '1\n3\n');
  });

  it('writes all that failed into one file, or is refused', async () => {
    const folder = new Folder();
    await folder.map('failIfOdd', upTo(3), '--joblog', 'run.log');
    const late = await folder.map('failIfOdd', upTo(4), ...log, '--resume');
    assert.match(
      late.stderr,
      /run\.log is of a run without --errors, in which inputs failed; .* --resume-failed or --ret/,
    );
    appendFileSync(join(folder.path, 'failed.txt'), 'mine\n');
    const there = await folder.map('failIfOdd', upTo(4), ...log, '--retry-failed');
    assert.match(there.stderr, /failed\.txt is there already, and is not of the run that is to go on/);
    assert.deepEqual([late.code, there.code, folder.read('failed.txt')], [255, 255, 'mine\n']);
    rmSync(join(folder.path, 'failed.txt'));
    await folder.map('failIfOdd', upTo(4), ...log, '--resume-failed');
    assert.equal(folder.read('failed.txt'), '1\n3\n');
    await folder.map('failIfOdd', upTo(5), ...log, '--resume');
    assert.equal(folder.read('failed.txt'), '1\n3\n5\n');
    const without = await folder.map('failIfOdd', upTo(5), '--joblog', 'run.log', '--resume');
    assert.match(without.stderr, /run\.log is of a run with --errors failed\.txt\. Do that again/);
    assert.equal(without.code, 255);
  });
});
