// What becomes of what has ended, and of what has not begun, when a run is stopped.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { setTimeout as sleepFor } from 'node:timers/promises';

import { argsOf, functions, linesOf, numbers, polyloop } from '../support/command.ts';
import { linesOf as linesInFile, newFolder } from '../support/files.ts';
import { until, watch } from '../support/pools.ts';
import { start, type Running } from '../support/programs.ts';

watch();

function begin(fn: string, input: string, args: readonly string[]): Running & { begun(): string[] } {
  const folder = newFolder();
  const file = join(folder, 'begun');
  const options = { input, cwd: folder, env: { BEGUN_FILE: file } };
  return { ...start(argsOf(['map', `${functions}#${fn}`, ...args]), options), begun: () => linesInFile(file) };
}

it('what has ended is written with -k as well, though what is before it has not', async () => {
  const running = begin('failFirstNoting', numbers(20), ['-k', '--retries', '3', '--backoff', '1h']);
  await until(() => running.begun().length === 20, 'all have begun');
  running.child.kill('SIGINT');
  const { stdout, code } = await running.ended;
  assert.equal(code, 130);
  assert.deepEqual(
    linesOf(stdout).map(({ seq }) => seq),
    Array.from({ length: 19 }, (_, n) => n + 2),
  );
});

it('what has not begun does not, also with a rate', async () => {
  // While the worker is set up, ten might have begun.
  const running = begin('sleepDeaf', '300\n'.repeat(60), ['--rate', '10/s', '--setup', 'setUpSlowly']);
  await until(() => running.begun().length >= 5, 'it is at work');
  await nothingBeginsOnceStopped(running);
});

it('what has not begun does not in workers either that take the place of others', async () => {
  const running = begin('sleepDeaf', '50\n'.repeat(400), ['-c', '4', '--max-tasks', '4']);
  await until(() => running.begun().length >= 8, 'it is at work');
  await nothingBeginsOnceStopped(running);
});

async function nothingBeginsOnceStopped(running: ReturnType<typeof begin>): Promise<void> {
  running.child.kill('SIGINT');
  const told = (): RegExpExecArray | null => /waiting for (\d+) in flight/.exec(running.stderr());
  await until(() => told() !== null, 'it drains');
  // What is in flight may have begun; and a few more do, where the workers cannot be told in time.
  const most = running.begun().length + Number(told()?.[1]) + 5;
  await running.ended;
  assert.ok(running.begun().length <= most, `${running.begun().length} have begun, not ${most} at most`);
}

it('what nobody reads is not waited for after the grace of the second SIGINT', async () => {
  const child = spawn(process.execPath, argsOf(['map', `${functions}#long`, '--grace', '200ms']), {
    cwd: newFolder(),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.end(numbers(500));
  await once(child.stdout, 'readable');
  // Nobody reads on, so the pipe is full when nothing more comes out of it.
  for (let before = -1; child.stdout.readableLength > before; await sleepFor(300)) before = child.stdout.readableLength;
  const exit = once(child, 'exit');
  for (const said of ['waiting for', 'ending what']) {
    child.kill('SIGINT');
    await until(() => stderr.includes(said), said);
    // Signals that come sooner after one another are one.
    await sleepFor(350);
  }
  const [code] = (await exit) as [number];
  assert.equal(code, 130);
  child.stdout.destroy();
});

it('a named pipe to which nobody writes any more does not keep the command', async () => {
  const folder = newFolder();
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  const writer = openSync(join(folder, 'pipe'), 'r+');
  writeSync(writer, 'a\nb\n');
  const { code, stdout } = await polyloop(['map', `${functions}#shout`, 'pipe', '--halt', 'soon,done=1'], '', folder);
  assert.equal(code, 0);
  assert.ok(linesOf(stdout).length > 0);
  closeSync(writer);
});

it('a report that cannot be written hides nothing of how the run ended', async () => {
  const { stderr, code } = await polyloop(['map', `${functions}#shoot`, '--report', '/dev/full'], 'a\n', newFolder());
  assert.match(stderr, /^polyloop: No export `shoot`/m);
  assert.match(stderr, /^polyloop: Cannot write to \/dev\/full: ENOSPC/m);
  assert.equal(code, 255);
});

it('stderr that nobody reads any more ends nothing', async () => {
  const folder = newFolder();
  const line = `seq 20 | "${process.execPath}" ${argsOf(['map', `${functions}#failIfOdd`, '--raw', '-k'])
    .map((arg) => `"${arg}"`)
    .join(' ')} 2> >(head -1 > /dev/null) > out; echo $? > status`;
  execFileSync('bash', ['-c', line], { cwd: folder });
  assert.equal(readFileSync(join(folder, 'status'), 'utf8'), '10\n');
  assert.equal(linesInFile(join(folder, 'out')).length, 10);
});
