// How far ahead of its reader a channel asks for values.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { packThrown } from '../../src/wire/pack.ts';
import { PACKED, type Feed } from '../../src/wire/messages.ts';
import { Inlet } from '../../src/worker/inlet.ts';

/** An inlet, what it asked for, and the caller's end. */
class Played {
  readonly asked: number[] = [];
  readonly inlet = new Inlet((count) => this.asked.push(count));
  #sent = 0;

  feed(count: number, more: Partial<Feed> = {}, size = 0): void {
    const payload = Array.from({ length: count }, () => (size === 0 ? this.#sent++ : 'x'.repeat(size)));
    this.inlet.hear({ type: 'feed', run: 0, place: 0, channel: 1, payload, ...more });
  }

  /** Sends all that was asked for since it was called last. */
  feedAll(): void {
    const count = this.asked.splice(0).reduce((sum, each) => sum + each, 0);
    if (count > 0) this.feed(count);
  }
}

describe('the receiving end of a channel', () => {
  it('asks for nothing before it is read, and then for one value', () => {
    const { inlet, asked } = new Played();
    assert.deepEqual(asked, []);
    void inlet.next();
    assert.deepEqual(asked, [1]);
    void inlet.next();
    assert.deepEqual(asked, [1]);
  });

  it('asks for more and more where its reader has to wait', async () => {
    const played = new Played();
    let most = 0;
    for (let read = 0; read < 5_000; read++) {
      let isThere = false;
      const next = played.inlet.next().finally(() => (isThere = true));
      for (let turn = 0; turn < 4; turn++) await Promise.resolve();
      most = Math.max(most, ...played.asked);
      // What it asked for comes only when it has read all that had come.
      if (!isThere) played.feedAll();
      assert.deepEqual(await next, { done: false, value: read });
    }
    assert.ok(most >= 512 && most <= 1_024, `${most} at once`);
  });

  it('stays one ahead of a reader that is slower than the wire', async () => {
    const played = new Played();
    const first = played.inlet.next();
    played.feedAll();
    await first;
    let asked = 0;
    for (let read = 0; read < 50; read++) {
      // All has come before it is read.
      asked += played.asked.reduce((sum, each) => sum + each, 0);
      played.feedAll();
      await played.inlet.next();
    }
    assert.ok(asked <= 52, `${asked} were asked for, and 51 read`);
  });

  it('does not ask for more of a source that is slow itself', async () => {
    const played = new Played();
    for (let read = 0; read < 200; read++) {
      const next = played.inlet.next();
      played.feed(1);
      await next;
    }
    assert.ok(Math.max(...played.asked) <= 2, String(Math.max(...played.asked)));
  });

  it('gathers no large values', async () => {
    const played = new Played();
    for (let read = 0; read < 100; read++) {
      const next = played.inlet.next();
      played.feedAll();
      await next;
    }
    const next = [played.inlet.next()];
    const before = played.asked.splice(0).reduce((sum, each) => sum + each, 0);
    played.feed(before, {}, 2 << 20);
    await next[0];
    while (next.length < before) await next[next.push(played.inlet.next()) - 1];
    assert.ok(
      played.asked.every((count) => count <= 1),
      played.asked.join(),
    );
  });

  it('gives each of several reads its own value, in order, and the end to those that are left', async () => {
    const { inlet, ...played } = new Played();
    const reads = [1, 2, 3, 4].map(() => inlet.next());
    void played;
    inlet.hear({ type: 'feed', run: 0, place: 0, channel: 1, payload: ['a', 'b'], end: 'done' });
    assert.deepEqual(await Promise.all(reads), [
      { done: false, value: 'a' },
      { done: false, value: 'b' },
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
  });

  it('tells a failure once, after the values before it', async () => {
    const { inlet } = new Played();
    const payload = ['a', packThrown(new RangeError('broken'))];
    const first = inlet.next();
    inlet.hear({ type: 'feed', run: 0, place: 0, channel: 1, payload, end: 'failed' });
    assert.deepEqual(await first, { done: false, value: 'a' });
    await assert.rejects(inlet.next(), RangeError);
    assert.deepEqual(await inlet.next(), { done: true, value: undefined });
  });

  it('fails one read where a value cannot be decoded, and gives the next', async () => {
    const { inlet } = new Played();
    const reads = [inlet.next(), inlet.next()];
    inlet.hear({ type: 'feed', run: 0, place: 0, channel: 1, payload: [{ specials: 1 }, 'b'], forms: [PACKED] });
    await assert.rejects(reads[0] as Promise<unknown>, { code: 'ERR_NOT_SERIALIZABLE' });
    assert.deepEqual(await reads[1], { done: false, value: 'b' });
  });

  it('says once that its reader has left, and nothing after its end', async () => {
    const { inlet, asked } = new Played();
    const pending = inlet.next();
    inlet.leave();
    inlet.leave();
    assert.deepEqual(await pending, { done: true, value: undefined });
    assert.deepEqual(asked, [1, 0]);
    inlet.hear({ type: 'feed', run: 0, place: 0, channel: 1, payload: ['late'] });
    assert.deepEqual(await inlet.next(), { done: true, value: undefined });
  });

  it('rejects the reads of a task that is to end, pending or not', async () => {
    const pending = new Played().inlet;
    const read = pending.next();
    pending.fail(new Error('told'));
    await assert.rejects(read, /told/);
    const later = new Played();
    later.inlet.fail(new Error('told'));
    await assert.rejects(later.inlet.next(), /told/);
    assert.deepEqual(later.asked, []);
  });
});
