// Which tasks are shown side by side.
import assert from 'node:assert/strict';
import { it } from 'node:test';

import type { TaskEnd } from '../../src/report/history.ts';
import { slotsOf } from '../../src/report/slots.ts';
import { historyOf } from '../support/histories.ts';

const task = (seq: number, worker: number, startMs: number, ms: number): TaskEnd => ({
  seq,
  worker,
  startMs,
  ms,
  input: '',
  ok: true,
  attempts: 1,
  waitMs: 0,
});

const slots = (...ends: readonly TaskEnd[]): number[] => [...slotsOf(ends).slotOf];

it('what began when another had ended takes its slot', () => {
  assert.deepEqual(slots(task(1, 1, 0, 10), task(2, 1, 10, 5), task(3, 1, 12, 1)), [0, 0, 1]);
});

it('the lowest free slot is taken', () => {
  assert.deepEqual(slots(task(1, 1, 0, 5), task(2, 1, 0, 30), task(3, 1, 0, 6), task(4, 1, 8, 1)), [0, 2, 1, 0]);
});

it('each worker has slots of its own', () => {
  const { slotOf, counts } = slotsOf([task(1, 2, 0, 9), task(2, 1, 0, 9), task(3, 2, 1, 9)]);
  assert.deepEqual([...slotOf], [0, 0, 1]);
  assert.deepEqual(
    [...counts],
    [
      [1, 1],
      [2, 2],
    ],
  );
});

it('tasks that take no time need one slot, however many there are', () => {
  const ends = Array.from({ length: 5_000 }, (_, seq) => task(seq, 1, 7, 0));
  assert.deepEqual(slotsOf([...ends, task(5_001, 1, 0, 7), task(5_002, 1, 7, 3)]).counts.get(1), 1);
});

it('times whose sum is inexact do not overlap', () => {
  assert.deepEqual(slots(task(1, 1, 0.1, 0.2), task(2, 1, 0.3, 1)), [0, 0]);
});

it('tasks of one slot never overlap, and no more slots are needed than tasks were in flight', () => {
  const { ends } = historyOf({ tasks: 5_000, workers: 3, slots: 7 });
  const { slotOf, counts } = slotsOf(ends);
  assert.deepEqual([...counts.values()], [7, 7, 7]);
  const until = new Map<string, number>();
  for (const place of [...ends.keys()].sort((a, b) => (ends[a]?.startMs ?? 0) - (ends[b]?.startMs ?? 0))) {
    const { worker = 0, startMs = 0, ms = 0 } = ends[place] ?? {};
    const slot = `${worker} ${slotOf[place]}`;
    assert.ok((until.get(slot) ?? 0) <= startMs + 0.001);
    until.set(slot, startMs + ms);
  }
});
