// What can be seen of a pool: what `stats()` counts and times, and what channels tell. The same over every transport.
import assert from 'node:assert/strict';
import { channel, tracingChannel } from 'node:diagnostics_channel';
import { describe, it, type TestContext } from 'node:test';

import {
  WorkerCrashedError,
  WorkerStartError,
  type FunctionStats,
  type Pool,
  type TaskTrace,
  type WorkerStats,
  type WorkerRecycled,
  type WorkerTrace,
} from '../../../src/index.ts';
import { farKinds, kinds, makePool, onceOf, rejectionOf, until, watch } from '../../support/pools.ts';
import { failsBefore } from '../../tasks/attempts.ts';
import { increment, never, sleep, spin } from '../../tasks/basic.ts';
import { endWhenAborted } from '../../tasks/cancellable.ts';
import { exit } from '../../tasks/deadly.ts';
import { failAt } from '../../tasks/failing.ts';
import { gather } from '../../tasks/lives.ts';
import { neverSetUp } from '../../tasks/starts.ts';

watch();

function statsOf(pool: Pool, name: string): FunctionStats {
  const found = pool.stats().functions.find((fn) => fn.name === name);
  assert.ok(found, `there are no stats of ${name}`);
  return found;
}

/** What is told of the tasks of a pool, in order. */
function tasksTold(t: TestContext, pool: string): [event: string, trace: TaskTrace][] {
  const told: [string, TaskTrace][] = [];
  const hear =
    (event: string) =>
    (message: object): void => {
      const trace = message as TaskTrace;
      if (trace.pool === pool) told.push([event, trace]);
    };
  const tasks = tracingChannel('polyloop:task');
  const events = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const;
  const handlers = Object.fromEntries(events.map((event) => [event, hear(event)])) as Record<
    (typeof events)[number],
    (message: object) => void
  >;
  tasks.subscribe(handlers);
  t.after(() => tasks.unsubscribe(handlers));
  return told;
}

/** What is told of the workers of a pool, in order. */
function workersTold(t: TestContext, pool: string): [event: string, trace: WorkerTrace][] {
  const told: [string, WorkerTrace][] = [];
  for (const event of [
    'tracing:polyloop:worker:start',
    'polyloop:worker:ready',
    'tracing:polyloop:worker:error',
    'tracing:polyloop:worker:asyncEnd',
  ]) {
    const hear = (message: unknown): void => {
      const trace = message as WorkerTrace;
      if (trace.pool === pool) told.push([event.split(':').at(-1) ?? '', trace]);
    };
    channel(event).subscribe(hear);
    t.after(() => channel(event).unsubscribe(hear));
  }
  return told;
}

function* endless(value: number): Generator<number> {
  for (;;) yield value;
}

/** How its one worker was, looked at now and then until this has ended. */
async function sampled(pool: Pool, work: Promise<unknown>): Promise<WorkerStats[]> {
  const seen: WorkerStats[] = [];
  const timer = setInterval(() => seen.push(...pool.stats().workers), 50);
  await work;
  clearInterval(timer);
  return seen;
}

for (const kind of kinds) {
  describe(`stats, over ${kind}`, () => {
    it('count what each function and each worker has started, ended, and failed', async (t) => {
      const pool = makePool(t, { kind, workers: 2 });
      await pool
        .map(
          increment,
          Array.from({ length: 3_000 }, (_, n) => n),
        )
        .toArray();
      const ends = await pool
        .map(
          failAt,
          Array.from({ length: 20 }, (_, n): [number, number] => [n, n % 2 === 0 ? n : -1]),
          { settled: true },
        )
        .toArray();
      assert.equal(ends.filter(({ status }) => status === 'rejected').length, 10);
      const running = Array.from({ length: 5 }, () => pool.run(never));
      await until(() => statsOf(pool, 'never').started === 5, 'all run');
      for (const each of running) each.catch(() => {});
      const { functions, workers } = pool.stats();
      assert.deepEqual(
        functions
          .map(({ name, queued, inFlight, started, ended, failed, runMs, queueMs }) => [
            name,
            queued,
            inFlight,
            started,
            ended,
            failed,
            runMs.count,
            queueMs.count,
          ])
          .toSorted(),
        [
          ['failAt', 0, 0, 20, 20, 10, 20, 20],
          ['increment', 0, 0, 3_000, 3_000, 0, 3_000, 3_000],
          ['never', 0, 5, 5, 0, 0, 0, 0],
        ],
      );
      const sum = (of: (worker: (typeof workers)[number]) => number): number =>
        workers.reduce((total, worker) => total + of(worker), 0);
      assert.deepEqual(
        [
          sum(({ inFlight }) => inFlight),
          sum(({ started }) => started),
          sum(({ ended }) => ended),
          sum(({ failed }) => failed),
        ],
        [5, 3_025, 3_020, 10],
      );
      assert.deepEqual([sum(({ runMs }) => runMs.count), sum(({ queueMs }) => queueMs.count)], [3_020, 3_020]);
      assert.ok(workers.every(({ ageMs, lagMs }) => ageMs > 0 && lagMs >= 0));
      const credits = workers.flatMap((worker) => worker.functions.filter(({ name }) => name === 'increment'));
      assert.ok(
        credits.some(({ credit }) => credit > 1),
        'credit has grown',
      );
    });

    it('time how long tasks waited, and how long they took', async (t) => {
      await onceOf(
        5,
        async () => {
          const pool = makePool(t, { kind, workers: 1, concurrency: 1 });
          await pool.run(increment, 1);
          await Promise.all([pool.run(sleep, 200), pool.run(sleep, 200)]);
          return statsOf(pool, 'sleep');
        },
        ({ queueMs, runMs }) =>
          queueMs.max >= 200 && queueMs.max < 350 && runMs.p50 >= 187 && runMs.max >= 200 && runMs.max < 350,
      );
    });

    it('time tasks that end at once by their share', async (t) => {
      await onceOf(
        20,
        async () => {
          const pool = makePool(t, { kind, workers: 1 });
          await pool
            .map(
              spin,
              Array.from({ length: 30 }, () => 3),
            )
            .toArray();
          await pool
            .map(
              increment,
              Array.from({ length: 20_000 }, (_, n) => n),
            )
            .toArray();
          return [statsOf(pool, 'spin').runMs, statsOf(pool, 'increment').runMs] as const;
        },
        ([spun, tiny]) => spun.p50 > 2.7 && spun.p50 < 4.5 && tiny.p50 < 0.05 && tiny.count === 20_000,
      );
    });

    it('say how many wait', async (t) => {
      const pool = makePool(t, { kind, workers: 1, concurrency: 1 });
      await pool.run(increment, 1);
      const busy = pool.run(never);
      await until(() => statsOf(pool, 'never').inFlight === 1, 'it is busy');
      const waiting = [pool.run(sleep, 1), pool.with({ key: 1 }).run(sleep, 1), pool.run(sleep, 1)];
      for (const each of [busy, ...waiting]) each.catch(() => {});
      assert.equal(pool.stats().queued, 3);
      assert.equal(statsOf(pool, 'sleep').queued, 3);
      await pool.terminate();
    });

    it('count each attempt', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      await pool.with({ retry: { attempts: 3, on: ['error'], backoff: { initialMs: 1 } } }).run(failsBefore, 3);
      const { started, ended, failed, queueMs } = statsOf(pool, 'failsBefore');
      assert.deepEqual([started, ended, failed, queueMs.count], [3, 3, 2, 3]);
    });
  });

  describe(`the channel of tasks, over ${kind}`, () => {
    it('tells when each is accepted and when it is settled, with one object', async (t) => {
      const pool = makePool(t, { kind, workers: 1, name: `told ${kind}` });
      await pool.run(increment, 1);
      const told = tasksTold(t, `told ${kind}`);
      const promise = pool.run(sleep, 5);
      assert.deepEqual(
        told.map(([event]) => event),
        ['start', 'end'],
      );
      const trace = told[0]?.[1];
      assert.ok(trace);
      assert.deepEqual(
        [trace.taskId, trace.name, trace.attempt, trace.worker, trace.givenMs, 'result' in trace, 'error' in trace],
        [2, 'sleep', 1, undefined, undefined, false, false],
      );
      assert.equal(await promise, 5);
      assert.deepEqual(
        told.map(([event]) => event),
        ['start', 'end', 'asyncStart', 'asyncEnd'],
      );
      assert.ok(told.every(([, each]) => each === trace));
      const [worker] = pool.stats().workers;
      assert.deepEqual(trace.worker, { id: worker?.id, pid: worker?.pid });
      assert.equal(trace.result, 5);
      const { acceptedMs, givenMs = NaN, settledMs = NaN } = trace;
      assert.ok(acceptedMs <= givenMs && givenMs + 4 <= settledMs, `${acceptedMs}, ${givenMs}, ${settledMs}`);
    });

    it('tells of failures, of each attempt, of items of a map, and of what is cancelled', async (t) => {
      const pool = makePool(t, { kind, workers: 1, name: `failing ${kind}` });
      const told = tasksTold(t, `failing ${kind}`);
      const error = await rejectionOf(Error, pool.run(failAt, [1, 1]));
      assert.deepEqual(
        told.splice(0).map(([event, trace]) => [event, trace.error === error]),
        [
          ['start', true],
          ['end', true],
          ['error', true],
          ['asyncStart', true],
          ['asyncEnd', true],
        ],
      );
      await pool.with({ retry: { attempts: 2, on: ['error'], backoff: { initialMs: 1 } } }).run(failsBefore, 2);
      assert.deepEqual(
        told.splice(0).map(([event, trace]) => [event, trace.attempt, trace.result]),
        ['start', 'end', 'asyncStart', 'asyncEnd'].map((event) => [event, 2, 2]),
      );
      await pool.map(increment, [10, 20, 30]).toArray();
      assert.deepEqual(
        told
          .splice(0)
          .filter(([event]) => event === 'asyncEnd')
          .map(([, { taskId, result }]) => [taskId, result]),
        [
          [3, 11],
          [4, 21],
          [5, 31],
        ],
      );
      const controller = new AbortController();
      const cancelled = pool.with({ signal: controller.signal }).run(sleep, 1e6);
      controller.abort();
      await assert.rejects(cancelled);
      assert.deepEqual(
        told.splice(0).map(([event, trace]) => [event, trace.error === controller.signal.reason]),
        ['start', 'end', 'error', 'asyncStart', 'asyncEnd'].map((event) => [event, true]),
      );
    });

    it('tells nothing of what was accepted before anybody heard, and lives with who stops to hear', async (t) => {
      const pool = makePool(t, { kind, workers: 1, name: `late ${kind}` });
      const before = pool.run(sleep, 20);
      const told = tasksTold(t, `late ${kind}`);
      await before;
      assert.deepEqual(told, []);
      const hear = (): void => {};
      channel('tracing:polyloop:task:start').subscribe(hear);
      const heard = pool.run(sleep, 5);
      channel('tracing:polyloop:task:start').unsubscribe(hear);
      assert.equal(await heard, 5);
    });
  });

  describe(`the channel of workers, over ${kind}`, () => {
    it('tells of a life from start to end', async (t) => {
      const told = workersTold(t, `life ${kind}`);
      const pool = makePool(t, { kind, workers: 1, name: `life ${kind}` });
      await pool.run(increment, 1);
      const [worker] = pool.stats().workers;
      await pool.close();
      assert.deepEqual(
        told.map(([event]) => event),
        ['start', 'ready', 'asyncEnd'],
      );
      const trace = told[0]?.[1];
      assert.ok(trace && told.every(([, each]) => each === trace));
      assert.deepEqual(trace.worker, { id: worker?.id, pid: worker?.pid });
      const { startedMs, readyMs = NaN, goneMs = NaN } = trace;
      assert.ok(startedMs <= readyMs && readyMs <= goneMs);
      assert.deepEqual([trace.kind, trace.isQuarantine, 'error' in trace], [kind, false, false]);
    });

    it('tells why one could not start', async (t) => {
      const told = workersTold(t, `start ${kind}`);
      const pool = makePool(t, {
        kind,
        workers: 1,
        setup: { task: neverSetUp },
        setupTimeoutMs: 100,
        name: `start ${kind}`,
      });
      const error = await rejectionOf(WorkerStartError, pool.run(increment, 1));
      assert.deepEqual(
        told.map(([event]) => event),
        ['start', 'error', 'asyncEnd'],
      );
      assert.equal(told[0]?.[1].error, error);
      assert.equal(told[0]?.[1].readyMs, undefined);
    });

    it('tells when one has done enough', async (t) => {
      const told: WorkerRecycled[] = [];
      const hear = (message: unknown): void => {
        const recycled = message as WorkerRecycled;
        if (recycled.pool === `recycled ${kind}`) told.push(recycled);
      };
      channel('polyloop:worker:recycled').subscribe(hear);
      t.after(() => channel('polyloop:worker:recycled').unsubscribe(hear));
      const pool = makePool(t, { kind, workers: 1, recycle: { afterTasks: 3 }, name: `recycled ${kind}` });
      for (let n = 0; n < 7; n++) await pool.run(increment, n);
      assert.deepEqual(
        told.map(({ worker, reason }) => [worker.id, reason]),
        [
          [1, 'afterTasks'],
          [2, 'afterTasks'],
        ],
      );
    });
  });
}

for (const kind of farKinds) {
  describe(`far away, over ${kind}`, () => {
    it('stats say how busy a worker is and how much memory it has', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      const work = pool.map(spin, endless(5))[Symbol.asyncIterator]();
      const reading = (async () => {
        while ((await work.next()).done !== true);
      })();
      await until(() => {
        const [worker] = pool.stats().workers;
        return worker !== undefined && worker.rssBytes > 1e7 && worker.utilization > 0.2 && worker.utilization <= 1;
      }, 'it is known');
      await work.return?.();
      await reading;
    });

    it('stats say that a loop is idle while its tasks only wait', async (t) => {
      await onceOf(
        3,
        async () => {
          const pool = makePool(t, { kind, workers: 1 });
          // Figures are of the last second, and while it starts a worker is at work.
          await Promise.all(Array.from({ length: 50 }, () => pool.run(sleep, 1_500)));
          const tasks = Promise.all(Array.from({ length: 64 * 12 }, () => pool.run(sleep, 100)));
          const seen = await sampled(pool, tasks);
          await pool.close();
          return seen.map(({ utilization }) => utilization);
        },
        (shares) => shares.length > 10 && shares.every((share) => share < 0.2),
      );
    });

    it('stats say that a loop is at work, and held, while a task computes, and for how long it was', async (t) => {
      await onceOf(
        3,
        async () => {
          const pool = makePool(t, { kind, workers: 1 });
          await pool.run(sleep, 300);
          const during = await sampled(pool, pool.run(spin, 1_600));
          await Promise.all([pool.run(sleep, 1_500), pool.run(sleep, 1_500)]);
          await pool.run(spin, 400);
          const after = await sampled(pool, pool.run(sleep, 900));
          await pool.close();
          return {
            busy: during.at(-1)?.utilization ?? 0,
            lagMs: during.at(-1)?.lagMs ?? 0,
            lagAfterMs: after.at(-1)?.lagMs ?? 0,
          };
        },
        ({ busy, lagMs, lagAfterMs }) => busy >= 0.8 && lagMs >= 1_000 && lagAfterMs >= 300 && lagAfterMs < 600,
      );
    });

    it('a death counts as a failed attempt, and is told of', async (t) => {
      const told = workersTold(t, `death ${kind}`);
      const pool = makePool(t, { kind, workers: 1, name: `death ${kind}` });
      const error = await rejectionOf(WorkerCrashedError, pool.run(exit, 3));
      const { started, ended, failed } = statsOf(pool, 'exit');
      assert.deepEqual([started, ended, failed], [1, 1, 1]);
      const died = told.find(([event]) => event === 'error')?.[1];
      assert.ok(died?.error instanceof WorkerCrashedError);
      assert.equal(died.error.message, error.message);
      assert.equal(died.exitCode, 3);
    });
  });
}

it('the channel of workers tells of one that has taken too much memory', async (t) => {
  const told: WorkerRecycled[] = [];
  const hear = (message: unknown): void => {
    told.push(message as WorkerRecycled);
  };
  channel('polyloop:worker:recycled').subscribe(hear);
  t.after(() => channel('polyloop:worker:recycled').unsubscribe(hear));
  const pool = makePool(t, { kind: 'process', workers: 1, recycle: { aboveRssBytes: 200e6 } });
  await pool.run(gather, 250);
  await until(async () => {
    await pool.run(sleep, 20);
    return told.length > 0;
  }, 'it is recycled');
  assert.equal(told[0]?.reason, 'aboveRssBytes');
  assert.ok(told[0].rssBytes > 200e6);
});

for (const kind of farKinds) {
  it(`the wait of a map's items is told as it was, however long the map takes, over ${kind}`, async (t) => {
    await onceOf(
      5,
      async () => {
        const pool = makePool(t, { kind, workers: 1, concurrency: 1 });
        await pool
          .map(
            sleep,
            Array.from({ length: 60 }, () => 5),
            { window: 4 },
          )
          .toArray();
        return pool.stats().functions.find(({ name }) => name === 'sleep')?.queueMs.p50 ?? Infinity;
      },
      (p50) => p50 < 80,
    );
  });

  it(`what was told to end has failed, whatever it came to, over ${kind}`, async (t) => {
    const pool = makePool(t, { kind, workers: 1 });
    await assert.rejects(pool.with({ timeoutMs: 30 }).run(endWhenAborted), { name: 'TaskTimeoutError' });
    const { failed, functions, workers } = pool.stats();
    assert.deepEqual([failed, functions[0]?.failed, workers[0]?.failed], [1, 1, 1]);
  });
}
