// The timeline of many tasks in few blocks, and the counts beside it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { timelineOf, type Bounds, type Timeline } from '../../src/report/aggregate.ts';
import { histogramOf, quantilesOf, waitsOf } from '../../src/report/distribution.ts';
import { encodeNumbers, folded } from '../../src/report/encode.ts';
import { failureKinds, shapeOf } from '../../src/report/failures.ts';
import type { TaskEnd } from '../../src/report/history.ts';
import { ratesOf, roundStep } from '../../src/report/rates.ts';
import { linesOf } from '../../src/report/samples.ts';
import { historyOf } from '../support/histories.ts';

const task = (more: Partial<TaskEnd>): TaskEnd => ({
  seq: 1,
  worker: 1,
  startMs: 0,
  ms: 1,
  input: '',
  ok: true,
  attempts: 1,
  waitMs: 0,
  ...more,
});

const bounds: Bounds = { blocks: 400_000, rows: 300, bands: 32, all: 0, failures: 0, slowest: 0 };
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
const blocksOf = ({ rows }: Timeline) => rows.flat();

describe('the timeline', () => {
  it('shows each task where there is room', () => {
    const { ends, durationMs } = historyOf({ tasks: 500 });
    const timeline = timelineOf(ends, durationMs);
    assert.equal(timeline.resolutionMs, 0);
    assert.deepEqual(
      blocksOf(timeline)
        .map(({ seq }) => seq)
        .sort((a, b) => a - b),
      ends.map(({ seq }) => seq).sort((a, b) => a - b),
    );
    assert.equal(timeline.kept.length, 500);
    assert.deepEqual(
      timeline.bands.map(({ rows }) => rows),
      [16, 16, 16, 16],
    );
  });

  it('merges what lies close together until it has few enough blocks, and loses no task and no failure', () => {
    const { ends, durationMs } = historyOf({ tasks: 20_000, ms: 5 });
    const timeline = timelineOf(ends, durationMs, { ...bounds, blocks: 2_000 });
    const blocks = blocksOf(timeline);
    assert.ok(blocks.length <= 2_000 && blocks.length > 500, `${blocks.length} blocks`);
    assert.equal(sum(blocks.map(({ count }) => count)), 20_000);
    assert.equal(sum(blocks.map(({ failed }) => failed)), ends.filter(({ ok }) => !ok).length);
    assert.ok(blocks.every(({ count, startMs, endMs }) => count === 1 || endMs - startMs <= timeline.resolutionMs));
  });

  it('keeps failures and the slowest tasks apart, up to a bound', () => {
    const { ends, durationMs } = historyOf({ tasks: 20_000, ms: 5 });
    const timeline = timelineOf(ends, durationMs, { ...bounds, blocks: 2_000, failures: 100, slowest: 50 });
    const firstFailures = ends.filter(({ ok }) => !ok).slice(0, 100);
    assert.ok(firstFailures.every((end) => timeline.kept.includes(end)));
    assert.equal(timeline.kept.length, 150);
    const alone = blocksOf(timeline).filter(({ isKept }) => isKept);
    assert.equal(alone.length, 150);
    assert.ok(alone.every(({ count }) => count === 1));
  });

  it('folds slots into rows where there are too many', () => {
    const ends = Array.from({ length: 900 }, (_, seq) => task({ seq, worker: 1 + (seq % 3), ms: 50 }));
    const timeline = timelineOf(ends, 50, bounds);
    assert.equal(timeline.slotsPerRow, 3);
    assert.deepEqual(
      timeline.bands.map(({ rows }) => rows),
      [100, 100, 100],
    );
    assert.equal(sum(blocksOf(timeline).map(({ count }) => count)), 900);
  });

  it('lets very many workers that followed one another share a band', () => {
    const ends = Array.from({ length: 1_000 }, (_, n) =>
      task({ seq: n + 1, worker: n + 1, startMs: Math.floor(n / 2), ms: 1 }),
    );
    const { bands, rows } = timelineOf(ends, 500, bounds);
    assert.equal(bands.length, 2);
    assert.equal(rows.length, 2);
    assert.equal(bands[0]?.workers.length, 500);
  });

  it('is empty where nothing ended', () => {
    assert.deepEqual(timelineOf([], 1), { bands: [], slotsPerRow: 1, rows: [], resolutionMs: 0, kept: [] });
  });
});

describe('the rates', () => {
  it('count each task once, in the interval in which it ended', () => {
    const { ends, durationMs } = historyOf({ tasks: 3_000 });
    const { ended, failed, stepMs } = ratesOf(ends, durationMs);
    assert.equal(sum(ended), 3_000);
    assert.equal(sum(failed), ends.filter(({ ok }) => !ok).length);
    assert.ok(ended.length <= 2_000 && ended.length * stepMs >= durationMs);
  });

  it('have as much in flight as tasks took time', () => {
    const { ends, durationMs } = historyOf({ tasks: 1_000 });
    const { inFlight, stepMs } = ratesOf(ends, durationMs);
    const tookMs = sum(ends.map(({ ms }) => ms));
    assert.ok(Math.abs(sum(inFlight) * stepMs - tookMs) < tookMs / 1_000);
  });

  it('have steps that are round', () => {
    assert.deepEqual([0.03, 1, 1.1, 37, 50, 51, 700].map(roundStep), [0.05, 1, 2, 50, 50, 100, 1_000]);
  });
});

describe('the distribution', () => {
  it('knows what half and most tasks did not exceed, and the longest', () => {
    const ends = Array.from({ length: 100 }, (_, n) => task({ ms: n + 1 }));
    assert.deepEqual(quantilesOf(ends), { p50: 50, p95: 95, max: 100 });
    assert.deepEqual(quantilesOf([task({ ms: 3 })]), { p50: 3, p95: 3, max: 3 });
  });

  it('leaves out what was given to no worker', () => {
    assert.equal(quantilesOf([task({ worker: 0 })]), undefined);
    assert.equal(histogramOf([task({ worker: 0 })]), undefined);
    assert.deepEqual(waitsOf([task({ worker: 0 })]), []);
  });

  it('has tenths of decades, and a place for what took no time', () => {
    const ends = [task({ ms: 0 }), task({ ms: 1 }), task({ ms: 1.2 }), task({ ms: 10, ok: false })];
    const { from, all, failed } = histogramOf(ends) ?? { from: 0, all: [], failed: [] };
    assert.equal(from, -20);
    assert.deepEqual([all.at(0), all[20], all.at(-1), all.length], [1, 2, 1, 31]);
    assert.deepEqual([sum(failed), failed.at(-1)], [1, 1]);
    assert.deepEqual(waitsOf(ends), [
      [-20, -20, 1, 0],
      [-20, 0, 2, 0],
      [-20, 10, 1, 1],
    ]);
  });
});

describe('the failures', () => {
  const failed = (seq: number, message: string, name = 'Error'): TaskEnd =>
    task({ seq, ok: false, error: { name, message, stack: `${name}: ${message}\n    at here` } });

  it('are of one kind where only numbers and quoted texts differ', () => {
    const kinds = failureKinds([
      failed(1, "no price in 'a.html' after 30 ms"),
      failed(2, 'refused'),
      failed(3, "no price in 'b.html' after 2.5 ms"),
      failed(4, 'refused', 'TypeError'),
      task({ seq: 5 }),
    ]);
    assert.deepEqual(
      kinds.map(({ name, message, tasks }) => [name, message, tasks.map(({ seq }) => seq)]),
      [
        ['Error', "no price in '…' after … ms", [1, 3]],
        ['Error', 'refused', [2]],
        ['TypeError', 'refused', [4]],
      ],
    );
    assert.match(kinds[0]?.stack ?? '', /a\.html/);
  });

  it('say the message as it is where there is one of a kind', () => {
    assert.equal(
      failureKinds([failed(1, 'connect 10.0.0.1:80'), failed(2, 'connect 10.0.0.1:80')])[0]?.message,
      'connect 10.0.0.1:80',
    );
  });

  it('are told of where no error is on record', () => {
    assert.equal(failureKinds([task({ ok: false })])[0]?.name, 'No error on record');
  });

  it('have a shape without ids, and apostrophes are no quotes', () => {
    assert.equal(shapeOf('task 0b8f7c5e-1d2c-4b3a-9f8e-7d6c5b4a3f2e at 0xdeadbeef of 3f9a2bc81'), 'task … at … of …');
    assert.equal(shapeOf("it doesn't open, and can't"), "it doesn't open, and can't");
  });
});

describe('the lines of workers', () => {
  const sample = (atMs: number, ids: readonly number[]) => ({
    atMs,
    queued: 0,
    workers: ids.map((id) => ({ id, inFlight: 1, utilization: id / 100, lagMs: id, rssBytes: id * 1_000 })),
  });

  it('are one for each while they are few, with gaps where a worker was not there', () => {
    const lines = linesOf([sample(1_000, [1]), sample(2_000, [1, 2])]);
    assert.deepEqual(lines?.names, ['worker 1', 'worker 2']);
    assert.deepEqual(lines?.lagMs, [
      [1, 1],
      [null, 2],
    ]);
  });

  it('are the highest, the middle and the lowest where they are many', () => {
    const lines = linesOf([
      sample(
        1_000,
        Array.from({ length: 21 }, (_, n) => n),
      ),
    ]);
    assert.deepEqual(lines?.names, ['highest', 'middle', 'lowest']);
    assert.deepEqual(lines?.lagMs, [[20], [10], [0]]);
  });

  it('have no more points than can be seen, and keep the worst lag', () => {
    const samples = Array.from({ length: 7_000 }, (_, n) => sample(n * 1_000, [1]));
    const spike = {
      ...sample(3_000_000, [1]),
      workers: [{ id: 1, inFlight: 0, utilization: 0, lagMs: 99, rssBytes: 0 }],
    };
    samples[3_000] = spike;
    const lines = linesOf(samples);
    assert.ok((lines?.atMs.length ?? 0) <= 600);
    assert.ok(lines?.lagMs[0]?.includes(99));
  });

  it('are none without samples', () => assert.equal(linesOf([]), undefined));
});

it('numbers are written in as many groups of seven bits as they have', () => {
  assert.deepEqual(
    [...Buffer.from(encodeNumbers([0, 127, 128, 300, 2 ** 40]), 'base64')],
    [0, 127, 128, 1, 172, 2, 128, 128, 128, 128, 128, 32],
  );
  assert.deepEqual([0, -1, 1, -2, 2].map(folded), [0, 1, 2, 3, 4]);
});
