// What a worker measures of itself.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { checkBatch } from '../../src/wire/check.ts';
import { OwnVitals } from '../../src/worker/vitals.ts';
import { onceOf } from '../support/pools.ts';

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

function hold(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until;);
}

describe('the vitals of a worker', () => {
  it('are its memory, and for how long its loop has been at work and idle', async () => {
    const vitals = new OwnVitals();
    const before = vitals.take();
    await sleep(120);
    hold(100);
    const after = vitals.take();
    assert.ok(after.rssBytes > 1e6);
    assert.ok(after.activeMs - before.activeMs >= 60, `${before.activeMs}, ${after.activeMs}`);
    assert.ok(after.idleMs - before.idleMs >= 40, `${before.idleMs}, ${after.idleMs}`);
  });

  it('tell of the longest time for which its loop did not come back, once', async () => {
    await onceOf(
      5,
      async () => {
        const vitals = new OwnVitals();
        await sleep(30);
        vitals.take();
        hold(120);
        await sleep(30);
        hold(60);
        await sleep(60);
        return [vitals.take().lagMs, vitals.take().lagMs] as const;
      },
      ([lagMs, after]) => lagMs > 90 && lagMs < 150 && after < 20,
    );
  });

  it('tell of it also where the answer comes before the timer that would have seen it', async () => {
    const vitals = new OwnVitals();
    await sleep(30);
    vitals.take();
    hold(100);
    const { lagMs } = vitals.take();
    assert.ok(lagMs >= 75, `${lagMs}`);
    assert.ok(vitals.take().lagMs < 20, 'it was told');
  });

  for (const [how, answer] of answers) {
    it(`stay what they were where what is asked ${how}`, (t) => {
      const vitals = new OwnVitals();
      const { rssBytes } = vitals.take();
      t.mock.method(process.memoryUsage, 'rss', answer);
      const after = vitals.take();
      assert.equal(after.rssBytes, rssBytes);
      checkBatch([after]);
      const unknown = new OwnVitals().take();
      assert.equal(unknown.rssBytes, 0);
      checkBatch([unknown]);
    });
  }

  it('are whole bytes', (t) => {
    t.mock.method(process.memoryUsage, 'rss', () => 1.5);
    checkBatch([new OwnVitals().take()]);
  });
});
