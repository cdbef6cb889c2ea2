// Workers that cannot start: what waits is told why, soon; no storm of workers; and it works again when the cause is gone.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { tasksFrom, WorkerCrashedError, WorkerStartError, type PoolOptions } from '../../src/index.ts';
import { freshFile, linesOf } from '../support/files.ts';
import { farKinds, kinds, makePool, onceOf, rejectionOf, until, watch } from '../support/pools.ts';
import { increment, pid, sleep } from '../tasks/basic.ts';
import { afterLoad } from '../tasks/slow-load.ts';
import { diesInSetup, exitForGood, needsFile, neverSetUp, spinInSetup } from '../tasks/starts.ts';

watch();

const fewProcesses = fileURLToPath(new URL('./programs/few-processes.ts', import.meta.url));

/** What law 3 allows. */
const soonMs = 5_000;

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  const before = performance.now();
  const result = await promise;
  const took = performance.now() - before;
  assert.ok(took < ms, `it took ${took} ms`);
  return result;
}

for (const kind of kinds) {
  describe(`a setup, over ${kind}`, () => {
    it('that throws fails all that waits with what it threw; later calls fail at once; and all is well when the cause is gone', async (t) => {
      const file = freshFile();
      const pool = makePool(t, { kind, setup: { task: needsFile, args: [file] } });
      const waiting = Array.from({ length: 20 }, (_, n) => pool.run(increment, n));
      for (const error of await within(soonMs, Promise.all(waiting.map((one) => rejectionOf(WorkerStartError, one))))) {
        assert.ok(error.cause instanceof RangeError);
        assert.equal((error.cause as { code?: string }).code, 'E_FILE');
        assert.match(error.message, /^Worker \d .*could not start: the file is not there/);
      }
      const later = await within(50, rejectionOf(WorkerStartError, pool.run(increment, 1)));
      assert.match(later.message, /start.* failed; no worker is started for another \d+ ms\)$/);
      assert.ok(later.cause instanceof RangeError);
      writeFileSync(file, '');
      await until(async () => {
        const [end] = await Promise.allSettled([pool.run(increment, 1)]);
        return end.status === 'fulfilled';
      }, 'it works again');
      rmSync(file);
      assert.equal(await pool.run(increment, 2), 3);
    });

    it('that never settles fails what waits, in time, and says which it is and what to raise', async (t) => {
      const { error, pool } = await onceOf(
        2,
        async () => {
          const own = makePool(t, { kind, workers: 1, setup: { task: neverSetUp } });
          const before = performance.now();
          const failure = await rejectionOf(WorkerStartError, own.run(increment, 1));
          return { error: failure, pool: own, tookMs: performance.now() - before };
        },
        // To start a worker takes longer where the machine has more to do.
        ({ tookMs }) => tookMs < soonMs,
      );
      assert.match(
        error.message,
        /could not start: its setup, `neverSetUp`, had not ended after 4000 ms\. If it needs longer, raise `setupTimeoutMs`/,
      );
      await until(() => pool.stats().workers.length === 0, 'none is left');
    });
  });
}

for (const kind of farKinds) {
  describe(`a start, over ${kind}`, () => {
    it('that is held in setup is ended as well', async (t) => {
      const pool = makePool(t, { kind, workers: 1, setup: { task: spinInSetup }, setupTimeoutMs: 300 });
      await within(soonMs, rejectionOf(WorkerStartError, pool.run(increment, 1)));
      await until(() => pool.stats().workers.length === 0, 'none is left');
    });

    it('that ends in death without a word is tried three times, and then no more for a while', async (t) => {
      const file = freshFile();
      const pool = makePool(t, { kind, workers: 1, setup: { task: diesInSetup, args: [file] } });
      const error = await within(soonMs, rejectionOf(WorkerStartError, pool.run(increment, 1)));
      assert.match(error.message, /could not start: it exited with code 5/);
      assert.equal(linesOf(file).length, 3);
      for (let n = 0; n < 20; n++) await rejectionOf(WorkerStartError, pool.run(increment, n));
      assert.equal(linesOf(file).length, 3);
      assert.match(pool.inspect(), /No worker is started for now: .*The last 3 starts failed/);
    });

    it('fails broadcasts and maps with the same error', async (t) => {
      const pool = makePool(t, { kind, setup: { task: needsFile, args: [freshFile()] } });
      await rejectionOf(WorkerStartError, pool.broadcast(pid));
      await rejectionOf(WorkerStartError, pool.map(increment, [1, 2, 3]).toArray());
    });

    it('of a worker that is to replace another fails only what waits', async (t) => {
      const file = freshFile();
      writeFileSync(file, '');
      const pool = makePool(t, { kind, workers: 2, concurrency: 1, setup: { task: needsFile, args: [file] } });
      await pool.broadcast(pid);
      const busy = pool.run(sleep, 300);
      rmSync(file);
      const { exit } = await import('../tasks/deadly.ts');
      await rejectionOf(WorkerCrashedError, pool.run(exit, 1));
      assert.equal(await busy, 300);
      assert.equal(await pool.run(increment, 1), 2);
    });

    it('that fails is told to a suspect as well, whose backoff ends when no worker lives and none may be started', async (t) => {
      const file = freshFile();
      writeFileSync(file, '');
      const pool = makePool(t, { kind, workers: 1, setup: { task: needsFile, args: [file] } });
      const retry = { on: ['crash'], backoff: { initialMs: 2_000, jitter: 0 } } as const;
      const suspect = rejectionOf(WorkerStartError, pool.with({ retry }).run(exitForGood, file));
      // After its fourth failure the pool starts none for longer than what is left of the backoff.
      await until(async () => {
        await Promise.allSettled([pool.run(increment, 1)]);
        // Or more, where starting takes so long that one for the suspect has failed as well.
        return /The last ([4-9]|\d\d) starts failed/.test(pool.inspect());
      }, 'four starts have failed');
      assert.match((await within(soonMs, suspect)).message, /the file is not there/);
    });
  });

  describe(`a module, over ${kind}`, () => {
    const hangs = tasksFrom<typeof import('../tasks/hangs-at-load.ts')>(
      new URL('../tasks/hangs-at-load.ts', import.meta.url),
    );
    const spinsLater = tasksFrom<typeof import('../tasks/spins-later-at-load.ts')>(
      new URL('../tasks/spins-later-at-load.ts', import.meta.url),
    );
    const spins = tasksFrom<typeof import('../tasks/spins-at-load.ts')>(
      new URL('../tasks/spins-at-load.ts', import.meta.url),
    );

    it('that never ends to load fails its tasks in time, and no others', async (t) => {
      const pool = makePool(t, { kind, workers: 1, loadTimeoutMs: 1_500 });
      const waiting = [pool.run(hangs.any), pool.run(hangs.any)].map((one) => rejectionOf(WorkerStartError, one));
      assert.equal(await pool.run(increment, 1), 2);
      for (const error of await within(soonMs, Promise.all(waiting))) {
        assert.match(
          error.message,
          /^Worker 1 .*could not load file:.*hangs-at-load\.ts: it had not loaded after 1500 ms\. If it needs longer, raise `loadTimeoutMs`/,
        );
      }
      await within(soonMs, rejectionOf(WorkerStartError, pool.run(hangs.any)));
      assert.deepEqual(await pool.map(increment, [1, 2, 3]).toArray(), [2, 3, 4]);
    });

    it('that failed works again when the cause is gone, though Node remembers the failure, and its worker is replaced for it once', async (t) => {
      const file = freshFile();
      const pool = makePool(t, { kind, workers: 1, env: { POLYLOOP_TEST_FILE: file } });
      const needs = tasksFrom<typeof import('../tasks/needs-file-at-load.ts')>(
        new URL('../tasks/needs-file-at-load.ts', import.meta.url),
      );
      const beside = pool.run(sleep, 1_500);
      for (let n = 0; n < 3; n++) await within(soonMs, rejectionOf(WorkerStartError, pool.run(needs.any)));
      writeFileSync(file, '');
      await until(async () => {
        const [end] = await Promise.allSettled([pool.run(needs.any)]);
        return end.status === 'fulfilled';
      }, 'it works again');
      assert.equal(await beside, 1_500);
      await until(() => pool.stats().workers[0]?.id !== 1, 'the first worker is gone');
      assert.deepEqual(
        pool.stats().workers.map(({ id }) => id),
        [2],
      );
    });

    it('that goes on failing does not cost a worker for each call', async (t) => {
      const pool = makePool(t, { kind, workers: 1, env: { POLYLOOP_TEST_FILE: freshFile() } });
      const needs = tasksFrom<typeof import('../tasks/needs-file-at-load.ts')>(
        new URL('../tasks/needs-file-at-load.ts', import.meta.url),
      );
      const end = performance.now() + 1_200;
      while (performance.now() < end) await rejectionOf(WorkerStartError, pool.run(needs.any));
      assert.ok((pool.stats().workers[0]?.id ?? 0) <= 2);
    });

    it('that holds the loop for ever as it loads takes its worker down, and what waits for others goes on', async (t) => {
      const pool = makePool(t, { kind, workers: 1, loadTimeoutMs: 1_500 });
      const waiting = rejectionOf(WorkerStartError, pool.run(spins.any));
      await until(() => pool.stats().inFlight === 1, 'it was given');
      const other = pool.run(increment, 1);
      assert.match((await within(soonMs, waiting)).message, /spins-at-load\.ts: .*had not loaded after 1500 ms/);
      assert.equal(await other, 2);
    });

    it('that holds the loop for ever does not fail those that were to be loaded together with it', async (t) => {
      const pool = makePool(t, { kind, workers: 1, loadTimeoutMs: 1_500 });
      await pool.run(increment, 1);
      const waiting = rejectionOf(WorkerStartError, pool.run(spinsLater.any));
      await until(() => pool.stats().inFlight === 1, 'it was given');
      const other = pool.run(afterLoad, 2);
      assert.match((await within(soonMs, waiting)).message, /spins-later-at-load\.ts: .*had not loaded after 1500 ms/);
      assert.equal(await other, 2);
    });
  });
}

describe('a spawn that fails', () => {
  const failing: [string, PoolOptions, RegExp][] = [
    ['for a flag that node does not know', { execArgv: ['--no-such-flag'] }, /bad option: --no-such-flag/],
    ['for a program that does not exist', { execPath: '/nowhere/node' }, /spawn \/nowhere\/node ENOENT/],
    ['for a program that is not on PATH', { execPath: 'no-such-node' }, /spawn no-such-node ENOENT/],
    ['for a worker entry that does not exist', { workerEntry: '/nowhere/worker.js' }, /no file file:.*nowhere/],
    [
      'for a worker entry that no thread finds',
      { kind: 'thread', workerEntry: '/nowhere/w.js' },
      /no file file:.*w\.js/,
    ],
  ];
  for (const [why, options, message] of failing) {
    it(`${why} fails what waits with what it said`, async (t) => {
      const pool = makePool(t, options);
      const waiting = Array.from({ length: 5 }, () => rejectionOf(WorkerStartError, pool.run(increment, 1)));
      for (const error of await within(soonMs, Promise.all(waiting))) assert.match(error.message, message);
    });
  }

  it('for a module that is preloaded fails what waits with the error, and where it is', async (t) => {
    const preload = new URL('../tasks/broken.ts', import.meta.url).href;
    const pool = makePool(t, { execArgv: ['--import', preload], onOutput: () => {} });
    const error = await within(soonMs, rejectionOf(WorkerStartError, pool.run(increment, 1)));
    assert.match(error.message, /exited with code 1 \(\w*Error: .*, at .*broken\.ts:\d+:\d+\)$/);
  });

  it('for there is no such program (ENOENT) fails what waits with the original error, and recovers', async (t) => {
    const { execPath } = process;
    t.after(() => (process.execPath = execPath));
    const pool = makePool(t, { workers: 2 });
    process.execPath = '/nowhere/node';
    const error = await within(soonMs, rejectionOf(WorkerStartError, pool.run(increment, 1)));
    assert.equal((error.cause as { code?: string }).code, 'ENOENT');
    process.execPath = execPath;
    await until(async () => {
      const [end] = await Promise.allSettled([pool.run(increment, 1)]);
      return end.status === 'fulfilled';
    }, 'it works again');
  });

  it('for there may be no more processes (EAGAIN) fails what waits with the original error', async () => {
    const node = [process.execPath, fewProcesses];
    // There is no limit for root. The program has another real user, for whom there is one, and reads files as root does:
    // nobody else may be able to read this folder. It is a user that nothing else runs as.
    const user = 60_000 + (process.pid % 5_000);
    const limited = [
      ...['setpriv', `--ruid=${user}`, '--bounding-set=-sys_resource,-sys_admin', 'prlimit', '--nproc=40'],
      ...[...node, 'limited'],
    ];
    const [command = '', ...args] = process.getuid?.() === 0 ? limited : node;
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    assert.equal(stdout, 'EAGAIN for 4\n', stderr);
  });
});
