// One run, killed at moments that chance chooses and gone on with each time. `npm run kills`: over two thousand inputs, at twenty.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { it } from 'node:test';

import { argsOf, functions, linesIn, numbers } from '../support/command.ts';
import { linesOf, newFolder } from '../support/files.ts';
import { children, isAlive, until, watch } from '../support/pools.ts';
import { run, start } from '../support/programs.ts';
import { random } from '../support/random.ts';

const kills = Number(process.env['KILLS'] ?? 5);
const inputs = kills * 100;

watch(120_000);

it('kill -9 at any moment: each seq stands once in the output, with its value, and nothing that had ended runs again', async (t) => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1e6);
  t.diagnostic(`SEED=${seed}`);
  const chance = random(seed);
  const folder = newFolder();
  const log = join(folder, 'run.log');
  const args = argsOf([
    ...['map', `${functions}#square`, '-j', '2', '-c', '8', '-q'],
    ...['-o', 'out.jsonl', '--joblog', 'run.log', '--resume'],
  ]);
  const input = numbers(inputs);
  const ended = new Set<number>();
  let begunTwice = 0;

  const lookAt = (begunFile: string): void => {
    const begun = linesOf(join(folder, begunFile)).map(Number);
    assert.deepEqual(begun.filter((n) => ended.has(n)).slice(0, 5), [], 'what had ended does not run again');
    begunTwice += begun.length;
    for (const seq of endedIn(log)) ended.add(seq);
  };

  for (let kill = 0; kill < kills; kill++) {
    const env = { BEGUN_FILE: join(folder, `begun-${kill}`) };
    const inOrder = chance() < 0.5 ? ['-k'] : [];
    const running = start([...args, ...inOrder], { input, cwd: folder, env });
    const enough = ended.size + Math.floor(chance() * 120);
    await until(() => endedIn(log).length > enough || running.child.exitCode !== null, 'so many have ended');
    const workers = children(running.child.pid ?? 0);
    running.child.kill('SIGKILL');
    assert.equal((await running.ended).stderr, '');
    await until(() => !workers.some(isAlive), 'no worker is left', 2_000);
    lookAt(`begun-${kill}`);
  }
  const { code, stderr } = await run(args, { input, cwd: folder, env: { BEGUN_FILE: join(folder, 'begun-last') } });
  assert.deepEqual([code, stderr], [0, '']);
  lookAt('begun-last');

  const lines = linesIn(join(folder, 'out.jsonl'));
  assert.deepEqual(
    lines.map(({ seq }) => seq).toSorted((one, other) => one - other),
    Array.from({ length: inputs }, (_, n) => n + 1),
  );
  assert.deepEqual(
    lines.filter(({ seq, ok, value }) => !ok || value !== seq ** 2),
    [],
  );
  t.diagnostic(`${begunTwice - inputs} inputs were in flight at a kill and ran twice`);
});

it('kill -9 at any moment: each input that failed stands once in the file of --errors, and no other does', async (t) => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1e6);
  t.diagnostic(`SEED=${seed}`);
  const chance = random(seed);
  const folder = newFolder();
  const count = kills * 20;
  const map = ['map', `${functions}#failIfOddLater`, '-j', '1', '-c', '4', '-q', '--errors', 'failed.txt'];
  const args = argsOf([...map, '-o', 'out.jsonl', '--joblog', 'run.log', '--fsync', 'never']);
  const input = numbers(count);
  for (let kill = 0; kill < kills; kill++) {
    const way = kill === 0 || chance() < 0.6 ? '--resume' : '--resume-failed';
    const running = start([...args, way], { input, cwd: folder, env: {} });
    const enough = Math.floor(chance() * 40);
    const before = endedIn(join(folder, 'run.log')).length;
    const log = join(folder, 'run.log');
    await until(() => endedIn(log).length > before + enough || running.child.exitCode !== null, 'so many have ended');
    running.child.kill('SIGKILL');
    assert.equal((await running.ended).stderr, '');
  }
  const { code, stderr } = await run([...args, '--resume'], { input, cwd: folder, env: {} });
  assert.deepEqual([code !== null && code <= 100, stderr], [true, '']);
  assert.deepEqual(
    linesOf(join(folder, 'failed.txt'))
      .map(Number)
      .toSorted((one, other) => one - other),
    Array.from({ length: count / 2 }, (_, n) => 2 * n + 1),
  );
  const failed = linesIn(join(folder, 'out.jsonl')).filter(({ ok }) => !ok);
  assert.equal(failed.length, count / 2);
});

/** Of what is whole in a log. */
function endedIn(log: string): number[] {
  return linesOf(log).flatMap((line) => {
    const [, seq] = /^\{"seq":(\d+),.*\}$/.exec(line) ?? [];
    return seq === undefined ? [] : [Number(seq)];
  });
}
