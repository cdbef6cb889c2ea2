// The files of a run: what becomes of what is in them.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { argsOf, functions, linesIn, numbers, polyloop } from '../support/command.ts';
import { newFolder } from '../support/files.ts';
import { Place, seqs, upTo } from '../support/place.ts';
import { until, watch } from '../support/pools.ts';
import { start } from '../support/programs.ts';

watch();

describe('files of a run', () => {
  it('are touched only when all that is asked for can be had', async () => {
    const place = new Place();
    await place.map('shout', 'a\n', '-o', 'out.jsonl');
    const before = readFileSync(place.output, 'utf8');
    for (const args of [
      ['-o', 'out.jsonl', '--joblog', 'none/run.log'],
      ['-o', 'out.jsonl', '--timeout', '30d'],
      ['-o', 'out.jsonl', 'no-such-input'],
      ['-o', 'out.jsonl', '--memory-limit', '1GB', '--kind', 'thread'],
    ]) {
      const { code, stderr } = await polyloop(
        ['map', `${functions}#shout`, '--overwrite', ...args],
        'b\n',
        place.folder,
      );
      assert.equal(code, 255);
      assert.match(stderr, /^(polyloop: .*\n|error: .*\n\(.*\)\n)$/);
      assert.equal(readFileSync(place.output, 'utf8'), before);
    }
  });

  it('belong to one command at a time, also where it is to write them anew', async () => {
    const place = new Place();
    const args = ['map', `${functions}#square`, '-c', '1', '--joblog', 'run.log', '-o', 'out.jsonl'];
    const running = start(argsOf(args), { input: numbers(2_000), cwd: place.folder });
    await until(() => (statSync(place.log, { throwIfNoEntry: false })?.size ?? 0) > 0, 'it writes');
    for (const flag of ['--overwrite', '--append', '--resume']) {
      const { stderr } = await polyloop([...args, flag], numbers(2_000), place.folder);
      assert.match(stderr, /^polyloop: run\.log is being written by process \d+\./);
    }
    running.child.kill('SIGKILL');
    await running.ended;
    assert.ok(existsSync(`${place.log}.lock`), 'it was left behind');
    const { code } = await polyloop([...args, '--resume'], numbers(50), place.folder);
    assert.equal(code, 0);
    assert.equal(existsSync(`${place.log}.lock`), false);
  });

  it('are not cut where something was added behind a run that had come to its end', async () => {
    const place = new Place();
    await place.map('shout', 'a\n', '-o', 'out.jsonl');
    await polyloop(['map', `${functions}#shout`, '-o', 'out.jsonl', '--append'], 'other\n', place.folder);
    const { stderr } = await place.map('shout', 'a\nb\n', '-o', 'out.jsonl', '--resume');
    assert.match(stderr, /out\.jsonl is not as run\.log has it; something else has changed it/);
    assert.deepEqual(
      place.lines.map(({ value }) => value),
      ['A', 'OTHER'],
    );
  });

  it('may be links, and keep their permissions, where failures leave them', async () => {
    const place = new Place();
    const real = join(place.folder, 'real.jsonl');
    writeFileSync(real, '', { mode: 0o600 });
    symlinkSync(real, place.output);
    await place.map('failIfOdd', numbers(4), '-o', 'out.jsonl');
    await place.map('failIfOdd', numbers(4), '-o', 'out.jsonl', '--retry-failed');
    assert.ok(lstatSync(place.output).isSymbolicLink());
    assert.equal(statSync(real).mode & 0o777, 0o600);
    assert.deepEqual(seqs(linesIn(real)), upTo(4));
  });

  it('may be no files: what goes to a device or a pipe is not remembered', async () => {
    const folder = newFolder();
    for (const args of [
      ['-o', '/dev/null'],
      ['-o', '/dev/null', '--joblog', 'run.log', '--resume'],
      ['-o', '/dev/null', '--joblog', 'run.log', '--resume'],
      ['-o', '-', '--joblog', '/dev/null'],
    ]) {
      const { code, stderr } = await polyloop(['map', `${functions}#shout`, ...args], numbers(3), folder);
      assert.equal(code, 0, stderr);
    }
    assert.equal(existsSync(join(folder, '-')), false);
  });
});

describe('a run that goes on', () => {
  it('tells how many results are lost, and runs again what failed before they were', async () => {
    const place = new Place();
    writeFileSync(join(place.folder, 'run.env'), `MENDED_FILE=${join(place.folder, 'mended')}\n`);
    const flags = ['--env-file', join(place.folder, 'run.env'), '-o', 'out.jsonl', '-k'];
    await place.map('failOddUntilMended', numbers(3), ...flags);
    writeFileSync(join(place.folder, 'mended'), '');
    await place.map('failOddUntilMended', numbers(3), ...flags, '--retry-failed');
    truncateSync(place.output, statSync(place.output).size - 10);
    const { stderr } = await place.map('failOddUntilMended', numbers(3), ...flags, '--retry-failed');
    assert.match(stderr, /^1 input in .*, all done/m);
    assert.deepEqual(seqs(place.lines), upTo(3));
    truncateSync(place.output, statSync(place.output).size - 10);
    const again = await place.map('failOddUntilMended', numbers(3), ...flags, '--resume');
    assert.deepEqual(seqs(place.lines), upTo(3), again.stderr);
  });

  it('finds rows of CSV again though a file has no newline at its end, and grows', async () => {
    const place = new Place();
    const file = join(place.folder, 'in.csv');
    writeFileSync(file, 'id,name\n1,a\n\n\n2,b');
    await place.map('default', '', 'in.csv', '-o', 'out.jsonl');
    appendFileSync(file, '\n3,c\n');
    const { stderr, code } = await place.map('default', '', 'in.csv', '-o', 'out.jsonl', '--resume');
    assert.match(stderr, /^1 input in .*, all done, 2 had ended before$/m);
    assert.equal(code, 0);
  });

  it('does not count as ended what is left to another run, and does not wait for it', async () => {
    const place = new Place();
    await place.map('failIfOdd', numbers(3), '-o', 'out.jsonl');
    const running = start(
      argsOf(['map', `${functions}#failIfOdd`, '--joblog', 'run.log', '-o', 'out.jsonl', '--retry-failed']),
      { cwd: place.folder, isGroup: true },
    );
    running.child.stdin?.write(numbers(3));
    // The input is not at its end.
    const { stderr, code } = await running.ended;
    assert.match(stderr, /^2 inputs in .*, 2 failed, 1 had ended before$/m);
    assert.equal(code, 2);
  });
});

it('a result that nobody has taken is not in the log', async () => {
  const folder = newFolder();
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  const reader = openSync(join(folder, 'pipe'), constants.O_RDWR | constants.O_NONBLOCK);
  const writer = openSync(join(folder, 'pipe'), 'w');
  const running = spawn(process.execPath, argsOf(['map', `${functions}#long`, '-k', '--joblog', 'run.log']), {
    cwd: folder,
    stdio: ['pipe', writer, 'ignore'],
  });
  running.stdin?.end(numbers(300));
  let taken = 0;
  const takeAll = (): void => {
    const buffer = Buffer.alloc(1 << 20);
    try {
      for (;;) taken += readSync(reader, buffer);
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'EAGAIN');
    }
  };
  await until(() => {
    takeAll();
    return taken > 20_000;
  }, 'it writes');
  const log = join(folder, 'run.log');
  let before = -1;
  let looks = 0;
  await until(() => {
    const { size } = statSync(log);
    looks = size === before ? looks + 1 : 0;
    before = size;
    return looks > 60;
  }, 'the pipe is full');
  running.kill('SIGKILL');
  await once(running, 'exit');
  takeAll();
  closeSync(reader);
  closeSync(writer);
  const ended = readFileSync(log, 'utf8').match(/^\{"seq"/gm)?.length ?? 0;
  assert.ok(ended < 300, 'not all were taken');
  // Each record has more than 2,000 characters.
  assert.ok(taken >= ended * 2_000, `${ended} are in the log, and ${taken} bytes were taken`);
});
