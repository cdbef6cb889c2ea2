// What the command writes, and where: values alone, rows, files, what tasks print, what it tells of itself.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { TaskOutput } from '../../src/cli/progress/task-output.ts';
import { Prints } from '../../src/cli/worker/prints.ts';
import { command, functions, jsonLines, linesOf, numbers, polyloop } from '../support/command.ts';
import { newFolder } from '../support/files.ts';
import { watch } from '../support/pools.ts';

watch();

const map = (fn: string, input: string, ...args: string[]): ReturnType<typeof polyloop> =>
  polyloop(['map', `${functions}#${fn}`, '-k', ...args], input, newFolder());

describe('--raw', () => {
  it('writes values alone: texts as they are, an empty line for nothing, the rest as JSON', async () => {
    assert.equal((await map('shout', 'a "b"\nc\n', '--raw')).stdout, 'A "B"\nC\n');
    assert.equal((await map('nothing', 'a\nb\n', '--raw')).stdout, '\n\n');
    assert.equal((await map('row', '1\n', '--raw')).stdout, '{"n":1,"a, b":["1"],"empty":null,"yes":true}\n');
    assert.equal((await map('countUp', '2\n1\n', '--raw')).stdout, '1\n2\n1\n');
  });

  it('tells failures on stderr, with file and line', async () => {
    const { stdout, stderr, code } = await map('failIfOdd', '2\n3\n', '--raw');
    assert.deepEqual([stdout, code], ['2\n', 1]);
    assert.match(stderr, /^polyloop: input 2 \(stdin:2\) failed: RangeError: 3 is odd\n/);
    assert.equal((await map('failIfOdd', '2\n3\n', '--raw', '-q')).stderr, '');
  });
});

describe('--csv', () => {
  it('writes values as rows, their properties as columns', async () => {
    assert.equal(
      (await map('row', '1\n2\n', '--csv')).stdout,
      'seq,n,"a, b",empty,yes\n1,1,"[""1""]",,true\n2,2,"[""2""]",,true\n',
    );
    assert.equal((await map('shout', 'a\nb\n', '--csv')).stdout, 'seq,value\n1,A\n2,B\n');
    assert.equal((await map('rows', 'x\n', '--csv')).stdout, 'seq,part,n\n1,1,x\n1,2,"x"""\n');
  });

  it('goes on with the columns that are there', async () => {
    const folder = newFolder();
    const args = ['map', `${functions}#row`, '-k', '--csv', '-o', 'out.csv', '--joblog', 'run.log', '--resume'];
    await polyloop(args, numbers(2), folder);
    await polyloop(args, numbers(3), folder);
    assert.equal(
      readFileSync(join(folder, 'out.csv'), 'utf8'),
      'seq,n,"a, b",empty,yes\n1,1,"[""1""]",,true\n2,2,"[""2""]",,true\n3,3,"[""3""]",,true\n',
    );
  });
});

describe('-o', () => {
  it('writes records to a file, and nothing to stdout', async () => {
    const folder = newFolder();
    const { stdout, stderr } = await polyloop(['map', `${functions}#shout`, '-o', 'out.jsonl'], numbers(3), folder);
    assert.equal(stdout, '');
    assert.equal(linesOf(readFileSync(join(folder, 'out.jsonl'), 'utf8')).length, 3);
    assert.match(stderr, /^3 inputs in .*, all done\n {2}output +out\.jsonl\n$/);
  });

  it('cuts a half line before it adds to it', async () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'out.jsonl'), '{"seq":1,"ok":true,"value":"X","ms":1,"attempts":1}\n{"seq":2,"o');
    await polyloop(['map', `${functions}#shout`, '-o', 'out.jsonl', '--append'], 'a\n', folder);
    assert.deepEqual(
      linesOf(readFileSync(join(folder, 'out.jsonl'), 'utf8')).map(({ value }) => value),
      ['X', 'A'],
    );
  });

  it('is refused where it cannot be written, before anything is run', async () => {
    const folder = newFolder();
    const { stderr, code } = await polyloop(['map', `${functions}#shout`, '-o', 'none/out.jsonl'], 'a\n', folder);
    assert.equal(code, 255);
    assert.match(stderr, /^polyloop: Cannot write to none\/out\.jsonl: ENOENT/);
    const report = await polyloop(['map', `${functions}#shout`, '--report', 'none/r.html'], 'a\n', folder);
    assert.match(report.stderr, /^polyloop: Cannot write to none\/r\.html: ENOENT/);
  });

  it('says that a disk is full, and which file it was', async () => {
    const { stderr, code } = await polyloop(['map', `${functions}#shout`, '-o', '/dev/full'], 'a\n', newFolder());
    assert.equal(code, 255);
    assert.match(stderr, /polyloop: Cannot write to \/dev\/full: ENOSPC/);
  });
});

describe('what tasks print', () => {
  for (const kind of ['process', 'thread', 'inline']) {
    it(`goes to stderr in whole lines, however many print at once, and is marked with --tag, over ${kind}`, async () => {
      const { stdout, stderr } = await map('mumble', 'ann\nbob\ncat\n', '--tag', '-q', '--kind', kind);
      assert.equal(linesOf(stdout).length, 3);
      const said = ['ann', 'bob', 'cat'].flatMap((name, at) =>
        ['says one', 'says two', 'ends'].map((what) => `${at + 1}\t${name} ${what}`),
      );
      assert.deepEqual(stderr.trimEnd().split('\n').toSorted(), said.toSorted());
    });
  }

  it('does not get among the results, where programs that tasks start print to stdout themselves', async () => {
    const { stdout, stderr } = await map('printByItself', 'a\nb\n', '-q', '--kind', 'process');
    assert.equal(linesOf(stdout).length, 2);
    assert.deepEqual(stderr.trimEnd().split('\n').toSorted(), ['on stderr', 'on stderr', 'on stdout', 'on stdout']);
  });

  it('is put together by task, characters that come in pieces too, and loses nothing at the end', () => {
    const written: string[] = [];
    const prints = new Prints(true, (text) => written.push(text));
    prints.begin(1, 10);
    prints.begin(2, 20);
    const umlaut = Buffer.from('ü');
    prints.print(1, 'a\nb');
    prints.print(2, umlaut.subarray(0, 1));
    prints.print(1, '\n');
    prints.print(2, umlaut.subarray(1));
    prints.print(0, 'no task\n');
    prints.print(3, 'late');
    prints.print(4, Buffer.from('late and whole\n'));
    prints.end(2);
    prints.end(1);
    prints.endAll();
    assert.deepEqual(written, ['10\ta\n', '10\tb\n', 'no task\n', 'late and whole\n', '20\tü\n', 'late\n']);
  });

  it('is put together by worker, and passed on in pieces where it has no newline for very long', () => {
    const printed: string[] = [];
    const output = new TaskOutput((lines) => printed.push(Buffer.from(lines).toString()));
    const say = (id: number, text: string): void =>
      output.take({ worker: { id }, stream: 'stderr', chunk: Buffer.from(text) });
    say(1, 'one, ');
    say(2, 'two\nthree');
    say(1, 'ends\n');
    assert.deepEqual(printed, ['two\n', 'one, ends\n']);
    say(3, 'x'.repeat(1 << 20));
    output.end();
    assert.deepEqual([printed[2]?.length, printed[3]], [1 << 20, 'three\n']);
  });
});

describe('what the command tells of itself', () => {
  it('sums up: counts, times, the slowest, failures by kind with an example, and files', async () => {
    const folder = newFolder();
    const { stderr } = await polyloop(
      ['map', `${functions}#failIfOdd`, '-o', 'out.jsonl', '--joblog', 'run.log'],
      numbers(9),
      folder,
    );
    assert.match(
      stderr,
      /^9 inputs in [\d.]+ s \([\d.]+\/s\), 5 failed\n {2}run time +p50 .* · p95 .* · max .*\n {2}slowest +.* for input \d: \d\n +.*\n +.*\n {2}failed +5 × RangeError: \d is odd, as input \d: \d\n {2}output +out\.jsonl\n {2}job log +run\.log\n$/,
    );
  });

  it('is nothing with --quiet, but for the summary where that was asked for', async () => {
    assert.equal((await map('shout', 'a\n', '-q')).stderr, '');
    assert.match((await map('shout', 'a\n', '-q', '--summary')).stderr, /^1 input in .*, all done\n$/);
  });

  it('is JSON every second with --json-progress', async () => {
    const { stderr } = await map('sleepDeaf', '1200\n1200\n', '-c', '1', '--total', '2', '--json-progress', '-q');
    const told = jsonLines(stderr) as Record<string, unknown>[];
    const [first = {}] = told;
    assert.deepEqual(Object.keys(first), [
      'type',
      'elapsedMs',
      'done',
      'failed',
      'skipped',
      'endedBefore',
      'failedBefore',
      'total',
      'inFlight',
      'queued',
      'retried',
      'perSecond',
      'workers',
    ]);
    assert.deepEqual([first['type'], first['total']], ['progress', 2]);
    const { workers = [] } = told.find(({ inFlight }) => inFlight === 1) ?? {};
    assert.equal((workers as unknown[]).length, 1);
  });

  it('is plain lines with --progress where stderr is no terminal', async () => {
    const { stderr } = await map('sleepDeaf', '2800\n', '--progress');
    assert.match(stderr, /^(?:[01] of 1 · [\d.]+\/s · [\d.]+ s(?:, .* left)? · [01] in flight\n)+1 input in/);
    assert.match(stderr, /^0 of 1 · 0\/s · [\d.]+ s · [01] in flight$/m);
  });
});

describe('--dry-run', () => {
  it('shows the first inputs as the function would get them, and touches nothing', async () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'rows.csv'), 'name,age\nAnn,7\n');
    const { stdout, stderr, code } = await polyloop(
      ['map', `${functions}#greet`, 'rows.csv', '-', '--args', '[1]', '-o', 'out', '--joblog', 'log', '--dry-run'],
      numbers(100),
      folder,
    );
    assert.deepEqual([stderr, code], ['', 0]);
    assert.equal(
      stdout,
      `greet of file://${functions} would be called with
  1\trows.csv:2\t({"name":"Ann","age":"7"}, [1])
  2\tstdin:1\t("1", [1])
  3\tstdin:2\t("2", [1])
  4\tstdin:3\t("3", [1])
  5\tstdin:4\t("4", [1])
  and so on
`,
    );
    assert.deepEqual([existsSync(join(folder, 'out')), existsSync(join(folder, 'log'))], [false, false]);
  });

  it('shows what a run that goes on would begin with', async () => {
    const folder = newFolder();
    const args = ['map', `${functions}#shout`, '--joblog', 'run.log', '--resume'];
    await polyloop(args, numbers(3), folder);
    const { stdout } = await polyloop([...args, '--dry-run'], numbers(4), folder);
    assert.match(stdout, /called with\n {2}4\tstdin:4\t\("4"\)\n$/);
    const { stdout: nothing } = await polyloop([...args, '--dry-run'], numbers(3), folder);
    assert.match(nothing, /nothing: no input is left to run\n$/);
  });
});

describe('--debug', () => {
  it('tells where an error comes from, which is else no business of the user', async () => {
    const bare = await map('shout', 'x\n', '--setup', 'failSetUp');
    assert.doesNotMatch(bare.stderr, /\n +at /);
    const told = await map('shout', 'x\n', '--setup', 'failSetUp', '--debug');
    assert.match(told.stderr, /\n +at failSetUp/);
  });

  it('tells the causes too: of a module that does not load, what it has thrown', async () => {
    const broken = fileURLToPath(new URL('../tasks/broken.ts', import.meta.url));
    const { stderr, code } = await polyloop(['map', broken, '--debug'], 'x\n', newFolder());
    assert.equal(code, 255);
    assert.match(stderr, /\nRangeError: broken while loading\n +at .*broken\.ts:4:7/);
  });
});

describe('polyloop completion', () => {
  const bash = (script: string): Promise<{ stdout: string }> =>
    promisify(execFile)('bash', [
      '-c',
      `source <("${process.execPath}" "${command}" completion bash)
      complete_() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _polyloop; echo "\${COMPREPLY[@]}"; }
      ${script}`,
    ]);

  it('teaches bash commands, flags and their values, and leaves files to the shell', async () => {
    const { stdout } = await bash(`
      complete_ polyloop m
      complete_ polyloop map f.ts --retr
      complete_ polyloop map --kind t
      complete_ polyloop completion z
      complete_ polyloop map -o fi`);
    assert.equal(stdout, 'map\n--retries --retry-failed\nthread\nzsh\n\n');
  });

  for (const shell of ['zsh', 'fish'] as const) {
    it(`writes what ${shell} can read`, async (t) => {
      const { stdout } = await polyloop(['completion', shell], '', newFolder());
      assert.match(stdout, /retry-failed/);
      const file = join(newFolder(), 'script');
      writeFileSync(file, stdout);
      const check = spawn(shell, ['-n', file], { stdio: ['ignore', 'ignore', 'pipe'] });
      const isThere = await new Promise<boolean>((resolve) => {
        check.once('error', () => resolve(false));
        check.once('spawn', () => resolve(true));
      });
      if (!isThere) {
        t.skip(`there is no ${shell} here`);
        return;
      }
      let said = '';
      check.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
      const code = await new Promise((resolve) => check.once('close', resolve));
      assert.deepEqual([code, said], [0, '']);
    });
  }
});

describe('a call that fails through others', () => {
  it('is made again where its worker was ended for one that would not end', async () => {
    const { stdout } = await map('stuckIfThree', numbers(8), '-c', '4', '--timeout', '1600ms', '--grace', '100ms');
    assert.deepEqual(
      linesOf(stdout).map(({ seq, ok }) => [seq, ok]),
      numbers(8)
        .trim()
        .split('\n')
        .map((n) => [Number(n), n !== '3']),
    );
    assert.equal(linesOf(stdout)[2]?.error?.message, 'It ran for longer than --timeout 1.6 s.');
  });

  it('is made again with --retries where its worker died, and only the one that kills it fails', async () => {
    const { stdout } = await map('killIfThree', numbers(8), '--kind', 'process', '-c', '4', '--retries', '1');
    assert.deepEqual(
      linesOf(stdout)
        .filter(({ ok }) => !ok)
        .map(({ seq, attempts }) => [seq, attempts]),
      [[3, 2]],
    );
  });

  it('is not made again where what it threw says `retry: false`', async () => {
    const { stdout } = await map('tryNoMore', 'a\n', '--retries', '5');
    assert.equal(linesOf(stdout)[0]?.attempts, 1);
  });
});
