// Many that hang on one signal, and how little the signal has of it.
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';

import { abortedWith, forgetSignal, isReasonOf, listen, type Abortable } from '../../src/runner/signals.ts';
import { rejection } from '../support/pools.ts';

const many = 1_000;

/** Keeps what it was told. */
class Listener implements Abortable {
  readonly heard: unknown[] = [];

  aborted(reason: unknown): void {
    this.heard.push(reason);
  }
}

const listenersOf = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

describe('a signal', () => {
  it(`on which ${many} hang has one listener, and none when all have ended`, () => {
    const { signal } = new AbortController();
    const all = Array.from({ length: many }, () => new Listener());
    for (const each of all) {
      listen(signal, each);
      assert.equal(listenersOf(signal), 1);
    }
    for (const [at, each] of all.entries()) {
      assert.equal(listenersOf(signal), 1, `with ${many - at} left`);
      forgetSignal(signal, each);
    }
    assert.equal(listenersOf(signal), 0);
  });

  it('tells each once, with its reason, and has no listener then', () => {
    const controller = new AbortController();
    const { signal } = controller;
    const all = Array.from({ length: many }, () => new Listener());
    for (const each of all) listen(signal, each);
    const reason = { why: 'because' };
    controller.abort(reason);
    controller.abort('again');
    assert.equal(listenersOf(signal), 0);
    for (const { heard } of all) assert.deepEqual(heard, [reason]);
    assert.equal(all[0]?.heard[0], reason, 'the reason itself');
  });

  it('tells none that has ended', () => {
    const controller = new AbortController();
    const [ended, waits] = [new Listener(), new Listener()];
    listen(controller.signal, ended);
    listen(controller.signal, waits);
    forgetSignal(controller.signal, ended);
    controller.abort();
    assert.deepEqual([ended.heard.length, waits.heard.length], [0, 1]);
  });

  it('tells none that ends because another was told', () => {
    const controller = new AbortController();
    const { signal } = controller;
    const all = Array.from({ length: 5 }, () => new Listener());
    const takesAllAlong: Abortable = { aborted: () => all.forEach((each) => forgetSignal(signal, each)) };
    listen(signal, takesAllAlong);
    for (const each of all) listen(signal, each);
    controller.abort();
    assert.deepEqual(
      all.map(({ heard }) => heard.length),
      [0, 0, 0, 0, 0],
    );
    assert.equal(listenersOf(signal), 0);
  });

  it('can be listened to again when all have ended, however often', () => {
    const controller = new AbortController();
    const { signal } = controller;
    for (let round = 0; round < 100; round++) {
      const each = new Listener();
      listen(signal, each);
      assert.equal(listenersOf(signal), 1);
      forgetSignal(signal, each);
      forgetSignal(signal, each);
      assert.equal(listenersOf(signal), 0);
    }
    const last = new Listener();
    listen(signal, last);
    controller.abort('now');
    assert.deepEqual(last.heard, ['now']);
  });

  it('leaves listeners of others alone', () => {
    const controller = new AbortController();
    const { signal } = controller;
    let heard = 0;
    signal.addEventListener('abort', () => heard++);
    const each = new Listener();
    listen(signal, each);
    assert.equal(listenersOf(signal), 2);
    forgetSignal(signal, each);
    assert.equal(listenersOf(signal), 1);
    controller.abort();
    assert.deepEqual([heard, each.heard.length], [1, 0]);
  });

  it('tells nothing to what hangs on another', () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const each = new Listener();
    listen(one.signal, each);
    forgetSignal(other.signal, each);
    other.abort();
    assert.equal(each.heard.length, 0);
    assert.equal(listenersOf(one.signal), 1);
  });
});

describe('the reason of a signal', () => {
  it('is known by identity, and only when the signal was aborted', () => {
    const reason = new Error('why');
    const signal = AbortSignal.abort(reason);
    assert.equal(isReasonOf(signal, reason), true);
    assert.equal(isReasonOf(signal, new Error('why')), false);
    assert.equal(isReasonOf(new AbortController().signal, undefined), false, 'it has none yet');
    assert.equal(isReasonOf(undefined, undefined), false);
  });

  it('is rejected with as it is, also where it is no error', async () => {
    for (const reason of [new Error('why'), 'text', 0, null, { why: 1 }])
      assert.equal(await rejection(abortedWith(AbortSignal.abort(reason))), reason);
    const error = new Error('why');
    const { stack } = error;
    await rejection(abortedWith(AbortSignal.abort(error)));
    assert.equal(error.stack, stack, 'it is the caller’s own, and nothing is added to it');
  });
});
