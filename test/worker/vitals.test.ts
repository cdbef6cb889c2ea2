// What a worker measures of itself.
import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { describe, it } from 'node:test';

import { checkBatch } from '../../src/wire/check.ts';
import { OwnVitals } from '../../src/worker/vitals.ts';

const answers: [string, () => unknown][] = [
  [
    'throws',
    () => {
      throw new Error('EMFILE');
    },
  ],
  ...[undefined, null, Number.NaN, -1, Infinity, 'much', {}].map((answer): [string, () => unknown] => [
    `answers ${String(answer)}`,
    () => answer,
  ]),
];

describe('the vitals of a worker', () => {
  it('are its memory and how busy its loop is', () => {
    const { rssBytes, utilization } = new OwnVitals().take();
    assert.ok(rssBytes > 1e6 && utilization >= 0 && utilization <= 1);
  });

  for (const [how, answer] of answers) {
    it(`stay what they were where what is asked ${how}`, (t) => {
      const vitals = new OwnVitals();
      const before = vitals.take();
      t.mock.method(process.memoryUsage, 'rss', answer);
      t.mock.method(performance, 'eventLoopUtilization', answer);
      const after = vitals.take();
      assert.deepEqual(after, before);
      checkBatch([after]);
      const unknown = new OwnVitals().take();
      assert.deepEqual([unknown.rssBytes, unknown.utilization], [0, 0]);
      checkBatch([unknown]);
    });
  }

  it('are whole bytes', (t) => {
    t.mock.method(process.memoryUsage, 'rss', () => 1.5);
    checkBatch([new OwnVitals().take()]);
  });
});
