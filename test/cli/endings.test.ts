// How the command ends, and its status: a number of failed inputs only where inputs have failed.
import assert from 'node:assert/strict';
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { argsOf, command, functions, numbers, polyloop } from '../support/command.ts';
import { newFolder } from '../support/files.ts';
import { watch } from '../support/pools.ts';
import { run, type Ended } from '../support/programs.ts';

watch();

const endings = fileURLToPath(new URL('../tasks/endings.ts', import.meta.url));
const map = (fn: string, input: string, ...args: string[]): Promise<Ended> =>
  polyloop(['map', `${endings}#${fn}`, ...args], input, newFolder());

describe('a function that ends the program it runs in', () => {
  for (const status of [0, 1, 7]) {
    it(`does not set its status: inline, process.exit(${status})`, async () => {
      const { code, stderr } = await map('exits', `${status}\n`);
      assert.equal(code, 255);
      assert.match(stderr, new RegExp(`^polyloop: The run was ended from inside, by process\\.exit\\(${status}\\)`));
      assert.match(stderr, /with 1 input in flight\. With --joblog FILE it could go on from here\.$/m);
    });
  }

  for (const fn of ['leavesRejection', 'throwsLater']) {
    it(`by an error that nobody catches does not set it either: inline, ${fn}`, async () => {
      const { code, stderr } = await map(fn, '1\n');
      assert.equal(code, 255);
      assert.match(stderr, /Error: nobody caught it/);
      assert.match(stderr, /^polyloop: The run was ended from inside/m);
    });
  }

  it('leaves no lock, and a run that goes on', async () => {
    const folder = newFolder();
    const args = ['map', `${endings}#exits`, '-o', 'out.jsonl', '--joblog', 'run.log', '--kind', 'inline'];
    const { code, stderr } = await polyloop(args, '0\n', folder);
    assert.equal(code, 255);
    assert.match(stderr, /Go on with: .*node .*main\.ts map --resume /);
    const again = ['map', endings, '-o', 'out.jsonl', '--joblog', 'run.log', '--resume', '-q'];
    assert.equal((await polyloop(again, '0\n', folder)).code, 0);
  });
});

describe('what ends a run in its middle', () => {
  const ways: [what: string, args: string[], input: string, says: RegExp, done: RegExp][] = [
    [
      'an input that cannot be read',
      [`${endings}#default`, '--input', 'jsonl'],
      '1\n2\n{\n4\n',
      /^polyloop: stdin:3 is not JSON .* skip or record\. Go on with: /m,
      /^2 inputs in .*, none failed, stopped early$/m,
    ],
    [
      'an output that cannot be written',
      [`${endings}#default`, '-c', '1', '-o', '/dev/full'],
      '1\n2\n3\n4\n',
      /^polyloop: Cannot write to \/dev\/full: ENOSPC.*\. Go on with: /m,
      /^\d inputs? in .*, stopped early, not all of it written$/m,
    ],
    [
      'a worker that cannot start when another has worked',
      ['./once.mjs', '--kind', 'process', '-c', '1', '--max-tasks', '2'],
      numbers(9),
      /^polyloop: Cannot load .*: there is no more of it .*\. Go on with: /m,
      /^[2-4] inputs in .*, stopped early$/m,
    ],
    [
      'a function that ends the program',
      [`${endings}#exitsAtFour`, '-c', '1'],
      numbers(9),
      /^polyloop: The run was ended from inside.* in flight\. Go on with: /m,
      /^3 inputs in .*, none failed, stopped early$/m,
    ],
  ];
  for (const [what, args, input, says, done] of ways) {
    it(`is told behind what is done, and how to go on: ${what}`, async () => {
      const folder = newFolder();
      writeFileSync(
        join(folder, 'once.mjs'),
        `import { existsSync, writeFileSync } from 'node:fs';
        if (existsSync('once')) throw new Error('there is no more of it');
        writeFileSync('once', '');
        export default (x) => x;\n`,
      );
      const { code, stderr } = await polyloop(['map', ...args, '--joblog', 'run.log'], input, folder);
      assert.equal(code, 255);
      assert.match(stderr, says);
      assert.match(stderr, done);
      assert.match(stderr, /Go on with: .*main\.ts map --resume .*\n$/);
    });
  }

  it('is told alone where nothing was done, or nobody wants to know', async () => {
    const nothing = await polyloop(['map', `${endings}#default`, '--input', 'jsonl'], '{\n', newFolder());
    assert.match(nothing.stderr, /^polyloop: stdin:1 is not JSON .* skip or record\.\n$/);
    const args = ['map', `${endings}#default`, '--input', 'jsonl', '--joblog', 'run.log', '-q'];
    const { stderr } = await polyloop(args, '1\n{\n', newFolder());
    assert.match(stderr, /^polyloop: stdin:2 is not JSON .* skip or record\.\n$/);
  });
});

describe('a run that goes on', () => {
  it('tells of failures before it, and counts them, unless only its own are asked for', async () => {
    const folder = newFolder();
    const args = ['map', `${functions}#failIfOdd`, '-o', 'out.jsonl', '--joblog', 'run.log'];
    assert.equal((await polyloop(args, '1\n2\n3\n4\n', folder)).code, 2);
    const again = await polyloop([...args, '--resume'], '1\n2\n3\n4\n5\n', folder);
    assert.equal(again.code, 3);
    assert.match(again.stderr, /^1 input in .*, 1 failed, 4 had ended before, 2 of them failed$/m);
    const own = await polyloop([...args, '--resume', '--status-of', 'run'], '1\n2\n3\n4\n5\n', folder);
    assert.equal(own.code, 0);
    assert.match(own.stderr, /^0 inputs in .*, none failed, 5 had ended before, 3 of them failed$/m);
  });
});

describe('a file that is deleted while it is written', () => {
  for (const file of ['out.jsonl', 'run.log', 'failed.txt']) {
    it(`is told of, and not passed over: ${file}`, async () => {
      const args = ['-o', 'out.jsonl', '--joblog', 'run.log', '--errors', 'failed.txt'];
      const { code, stderr } = await map('deletes', `${file}\n`, ...args);
      assert.equal(code, 255);
      assert.match(
        stderr,
        new RegExp(`^polyloop: ${file} was deleted, moved or replaced while the run wrote to it`, 'm'),
      );
    });
  }

  it('is no matter where it is a report whose folder is gone: that is told', async () => {
    const folder = newFolder();
    mkdirSync(join(folder, 'reports'));
    const args = ['map', `${endings}#deletes`, '--report', 'reports/run.html'];
    const { code, stderr } = await polyloop(args, 'reports\n', folder);
    assert.equal(code, 255);
    assert.match(stderr, /^polyloop: Cannot write to reports\/run\.html: ENOENT/m);
  });
});

describe('what is wrong although no input shows it', () => {
  it('is told where there is no input: a function that is not there, one of --setup or --teardown', async () => {
    for (const args of [['nope'], ['default', '--setup', 'nope'], ['default', '--teardown', 'nope']]) {
      const [fn = '', ...flags] = args;
      const { code, stderr } = await map(fn, '', ...flags);
      assert.deepEqual([code, /No export `nope` in/.test(stderr)], [255, true], args.join(' '));
    }
    assert.equal((await map('default', '')).code, 0);
    assert.equal((await map('default', '', '--setup', 'badSetup')).code, 0, 'nothing is set up for no input');
  });

  it('is a folder in place of a file, named or as stdin', async () => {
    const folder = newFolder();
    const named = await polyloop(['map', endings, '.'], '', folder);
    assert.deepEqual([named.code, named.stderr.split('. ')[0]], [255, 'polyloop: Cannot read .: it is a folder']);
    const shell = `'${process.execPath}' '${command}' map '${endings}' --kind inline < .`;
    const stdin = await run(
      [
        '-e',
        `process.exit(require('child_process').spawnSync('sh', ['-c', ${JSON.stringify(shell)}], { stdio: 'inherit' }).status)`,
      ],
      { cwd: folder },
    );
    assert.equal(stdin.code, 255);
    assert.match(stdin.stderr, /^polyloop: Cannot read stdin: it is a folder/);
  });
});

describe('what nobody reads', () => {
  it('ends the command as a broken pipe does, without a stack', async () => {
    for (const args of ['--help', 'map --help', 'completion bash']) {
      const shell = `{ '${process.execPath}' '${command}' ${args}; echo "status $?" >&2; } | true`;
      const script = `require('child_process').spawnSync('sh', ['-c', ${JSON.stringify(shell)}], { stdio: 'inherit' })`;
      const { stderr } = await run(['-e', script]);
      // It may have been written before the reader was gone.
      assert.match(stderr, /^status (?:141|0)\n$/, args);
    }
  });
});

describe('a teardown', () => {
  for (const kind of ['process', 'thread', 'inline']) {
    it(`that fails is told, and in the status: ${kind}`, async () => {
      const { code, stderr, stdout } = await map('default', '1\n', '--teardown', 'badTearDown', '--kind', kind);
      assert.equal(code, 255);
      assert.match(stdout, /"value":"1"/);
      assert.match(stderr, /^polyloop: The teardown of worker 1 failed: Error: it could not be written$/m);
    });
  }

  it('that takes longer than the grace is cut off, told, and in the status', async () => {
    const flags = ['--teardown', 'slowTearDown', '--grace', '300ms'];
    const { code, stderr } = await map('default', '1\n', ...flags, '--kind', 'process');
    assert.equal(code, 255);
    assert.match(
      stderr,
      /The teardown of worker 1 failed: Error: it had not ended after 300 ms\. If it needs longer, raise --grace$/m,
    );
  });
});

describe('an error', () => {
  it('is told with its causes, in the record, the log and the summary', async () => {
    const { stderr, stdout } = await map('failsWithCauses', '1\n');
    assert.match(stderr, /TypeError: fetch failed: connect ECONNREFUSED 127\.0\.0\.1:9, as input 1: 1$/m);
    assert.match(stdout, /"errors":\[\{"name":"Error","message":"connect ECONNREFUSED/);
  });

  it('has a place where a module does not load, and says what to do about the wrong kind', async () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'wrong.mjs'), 'export default (x) => {\n  return x +;\n};\n');
    writeFileSync(join(folder, 'package.json'), '{"type": "commonjs"}');
    writeFileSync(join(folder, 'kind.js'), 'export default (x) => x;\n');
    writeFileSync(join(folder, 'throws.mjs'), 'function inside() {\n  throw new Error("at load");\n}\ninside();\n');
    const wrong = await polyloop(['map', './wrong.mjs'], '1\n', folder);
    assert.match(wrong.stderr, /^polyloop: Cannot load .*: Unexpected token ';' \(.*wrong\.mjs:2:13\)\n$/);
    const kind = await polyloop(['map', './kind.js'], '1\n', folder);
    assert.match(
      kind.stderr,
      /kind\.js is written as an ES module, and .*package\.json has "type": "commonjs"\. Say "type": "module" there, or .* in \.mjs/,
    );
    const thrown = await polyloop(['map', './throws.mjs', '--debug'], '1\n', folder);
    assert.match(
      thrown.stderr,
      /^polyloop: Cannot load .*: at load \(.*\)\nError: at load\n {4}at inside \(.*throws\.mjs:2:9\)\n/,
    );
    assert.doesNotMatch(thrown.stderr, /src\/cli/);
  });

  it('names files whole, whatever is in their names', async () => {
    const { code, stderr } = await polyloop(['map', endings, 'two\nlines'], '', newFolder());
    assert.deepEqual(
      [code, stderr],
      [255, "polyloop: Cannot read two\\nlines: ENOENT: no such file or directory, access 'two\\nlines'.\n"],
    );
  });

  it('says so where the current folder is there no more', async () => {
    const folder = join(newFolder(), 'gone');
    mkdirSync(folder);
    const script = `process.chdir(${JSON.stringify(folder)}); require('fs').rmdirSync(${JSON.stringify(folder)}); require('child_process').spawnSync(process.execPath, ${JSON.stringify(argsOf(['map', endings]))}, { stdio: 'inherit' })`;
    const { stderr } = await run(['-e', script]);
    assert.equal(stderr, 'polyloop: The current folder is there no more. Change to one that is, and run this again.\n');
    assert.throws(() => rmdirSync(folder));
  });
});
