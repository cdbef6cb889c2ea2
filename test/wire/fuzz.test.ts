// A worker that speaks nonsense, as its host hears it: whatever comes, the worker is ended or what it said made sense, nothing
// is thrown at the pool, and each task ends up in one place.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Sources } from '../../src/pool/feeding.ts';
import { Meters } from '../../src/pool/meters.ts';
import { poolSettings } from '../../src/pool/options.ts';
import { WorkerHost } from '../../src/pool/worker-host.ts';
import type { Outcome } from '../../src/task/outcome.ts';
import { noOptions, Submission } from '../../src/task/submission.ts';
import { reference } from '../../src/task/task-function.ts';
import type { Link, LinkEvents } from '../../src/transport/transport.ts';
import { encodeFrame, FrameReader } from '../../src/wire/frame.ts';
import type { Message, ToPool, ToWorker } from '../../src/wire/messages.ts';
import { bodyOf, framed } from '../support/frames.ts';
import { random } from '../support/random.ts';

const rounds = 4_000;
const fn = reference('file:///nowhere.js', 'nothing');

class Task extends Submission {
  ends = 0;

  constructor() {
    super(fn, noOptions, 1, 1);
  }

  argumentsOf(): unknown {
    return 1;
  }

  settle(): void {}

  fulfil(): void {}

  protected tail(): never {
    throw new Error('one task is not split');
  }
}

/** A host whose worker is played, with tasks that it was given. */
class Played {
  readonly tasks: Task[] = [];
  readonly sent: ToWorker[] = [];
  isKilled = false;
  readonly #events: LinkEvents;
  readonly host: WorkerHost;

  constructor(count: number) {
    let events: LinkEvents | undefined;
    const link: Link = {
      pid: 1,
      mostBytes: Infinity,
      sharesMemory: false,
      isCongested: false,
      askBack() {},
      begun: () => 0,
      begunAt: () => 0,
      send: (batch) => this.sent.push(...batch),
      kill: () => (this.isKilled = true),
    };
    const ended = (task: Submission): number => ++(task as Task).ends;
    this.host = new WorkerHost(
      1,
      poolSettings({ workers: 1 }),
      { meters: new Meters('fuzz'), sources: new Sources() },
      (_settings, given) => {
        events = given;
        return link;
      },
      {
        onReady() {},
        onRoom() {},
        onSaid() {},
        onSpent() {},
        onTeardownFailed() {},
        onExit() {},
        onGivenBack: (tasks) => tasks.forEach(ended),
        onFulfilled: ended,
        onRan() {},
        onTooLate: ended,
        onEnd: (_host, [task]) => ended(task),
        onFailed: (_host, [task]) => ended(task),
      },
    );
    this.#events = events as unknown as LinkEvents;
    this.hear([{ type: 'ready' }]);
    for (let n = 0; n < count; n++) {
      const task = new Task();
      task.id = n + 1;
      this.tasks.push(task);
      this.host.tasks.give(task);
    }
    this.host.tasks.flush();
  }

  hear(batch: unknown): void {
    this.#events.onBatch(batch as ToPool[]);
  }

  hearTakenBack(run: number, from: number): void {
    this.#events.onTakenBack(run, from);
  }

  /** Each task has ended once, or is still there to be taken out, once. */
  check(what: string): void {
    const { started, unstarted } = this.host.tasks.takeUnsettled();
    for (const task of [...started.map(([of]) => of), ...unstarted]) (task as Task).ends++;
    assert.deepEqual(
      this.tasks.map(({ ends }) => ends),
      this.tasks.map(() => 1),
      what,
    );
    assert.equal(this.host.tasks.size, 0, what);
  }
}

const sensible = (count: number): ToPool[][] => [
  [{ type: 'started', run: 0, count }],
  [{ type: 'turn', ends: [0, 0, 1, 0], reports: [], payload: ['value'] }],
  [{ type: 'turn', ends: [0, 1, 1, 3], reports: [0, count, 0, 0.1, 0], payload: [packedError] }],
  [{ type: 'turn', ends: [0, 2, count - 2, 0], reports: [], payload: Array.from({ length: count - 2 }) }],
  [{ type: 'pong', rssBytes: 1, activeMs: 5, idleMs: 20.5, lagMs: 0 }],
];

const stand = {};
const packedError = {
  root: stand,
  specials: [
    ['error', stand, { builtin: 'Error', name: 'Error', message: 'm', stack: 's', hidden: {}, properties: {} }],
  ],
};

/** Values that do not belong anywhere. */
const odd: unknown[] = [
  ...[undefined, null, true, '', 'text', NaN, -1, 0.5, Infinity, 2 ** 31, 2 ** 53, 10n, [], [[]], {}, () => 1],
  ...[JSON.parse('{"__proto__":{"polluted":1}}'), JSON.parse('{"constructor":{"prototype":{"polluted":1}}}')],
];

/** Changes something in a message, however deep. */
function bend(value: unknown, chance: () => number): unknown {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(chance() * list.length)] as T;
  if (typeof value !== 'object' || value === null || chance() < 0.2) return pick(odd);
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...value }) as Record<string, unknown>;
  const key = pick([...Object.keys(copy), Array.isArray(value) ? `${value.length}` : 'another', 'payload', 'type']);
  if (chance() < 0.2) delete copy[key];
  else copy[key] = bend(copy[key], chance);
  return copy;
}

function untouched(): string {
  return [Object.prototype, Array.prototype, Error.prototype, Function.prototype]
    .map((prototype) => Object.getOwnPropertyNames(prototype).length)
    .join();
}

describe('a worker that speaks nonsense', () => {
  it(`in messages that are bent, ${rounds} times, is ended or understood, and each task is in one place`, () => {
    const before = untouched();
    const firstSeed = Date.now() % 1e9;
    let ended = 0;
    for (let round = 0; round < rounds; round++) {
      const what = `seed ${firstSeed + round}`;
      const chance = random(firstSeed + round);
      const count = 3 + Math.floor(chance() * 6);
      const played = new Played(count);
      for (const batch of sensible(count)) {
        const said = chance() < 0.5 ? bend(batch, chance) : batch;
        assert.doesNotThrow(() => played.hear(said), what);
        if (chance() < 0.1)
          assert.doesNotThrow(
            () => played.hearTakenBack(Math.floor(chance() * 3), Math.floor(chance() * 20) - 5),
            what,
          );
      }
      if (played.isKilled) {
        ended++;
        assert.ok(played.host.ended?.reason instanceof Error, what);
        // It is not listened to any more.
        const { size } = played.host.tasks;
        for (const batch of sensible(count)) played.hear(batch);
        assert.equal(played.host.tasks.size, size, what);
      }
      played.check(what);
    }
    assert.ok(ended > rounds / 10, `${ended} were ended`);
    assert.equal(untouched(), before);
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  });

  it(`in bytes that are bent, ${rounds} times, is ended or understood, and each task is in one place`, () => {
    const before = untouched();
    const firstSeed = Date.now() % 1e9;
    for (let round = 0; round < rounds; round++) {
      const what = `seed ${firstSeed + round}`;
      const chance = random(firstSeed + round);
      const played = new Played(4);
      const bytes = Buffer.concat(sensible(4).map((batch) => encodeFrame(batch as Message[])));
      for (let left = 1 + Math.floor(chance() * 4); left > 0; left--)
        bytes[Math.floor(chance() * bytes.length)] = chance() * 256;
      const cut = bytes.subarray(0, chance() < 0.3 ? Math.floor(chance() * bytes.length) : undefined);
      const reader = new FrameReader((batch) => played.hear(batch));
      try {
        reader.read(Buffer.from(cut));
      } catch (error) {
        // The transport ends such a worker.
        assert.ok(error instanceof Error, what);
      }
      played.check(what);
    }
    assert.equal(untouched(), before);
  });

  it('is ended where it asks for values of a task that reads none, and of one that there is not', () => {
    for (const [place, channel] of [
      [0, 1],
      [0, 0],
      [7, 1],
    ] as const) {
      const played = new Played(3);
      played.hear([{ type: 'want', run: 0, place, channel, count: 1 }]);
      assert.match(String(played.host.ended?.reason), /asked for values of channel/);
      played.check(`place ${place}, channel ${channel}`);
    }
  });

  it('of frames of two gigabytes that never come takes no memory for them', () => {
    const before = process.memoryUsage();
    const readers = Array.from({ length: 200 }, () => new FrameReader(() => assert.fail('there is no frame')));
    const begun = framed(Buffer.alloc(64), { length: 0x7fff_ffff });
    for (const reader of readers)
      for (let n = 0; n < 10; n++) reader.read(Buffer.from(n === 0 ? begun : bodyOf(begun)));
    const after = process.memoryUsage();
    assert.ok(after.rss - before.rss < 100e6, `${(after.rss - before.rss) / 1e6} MB more`);
  });

  it('of packed values that are none fails with them, and no more', async () => {
    const { CallerModules } = await import('../../src/pool/caller-modules.ts');
    const { Decoding } = await import('../../src/pool/decoding.ts');
    const decoding = new Decoding(new CallerModules([], 1_000));
    const firstSeed = Date.now() % 1e9;
    for (let round = 0; round < rounds; round++) {
      const chance = random(firstSeed + round);
      const what = `seed ${firstSeed + round}`;
      const outcomes: Outcome[] = [];
      const body = bend(packedError, chance);
      assert.doesNotThrow(
        () => decoding.decode([new Task(), 0], 3, body, undefined, (outcome) => outcomes.push(outcome)),
        what,
      );
      assert.equal(outcomes.length + decoding.take().length, 1, what);
    }
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  });
});
