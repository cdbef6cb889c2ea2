// Each value in each container, each way that it can cross, over every transport: what should arrive does, and what cannot
// cross is refused with its path. Nothing here is chosen by hand: these are all combinations.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { NotSerializableError } from '../../../src/index.ts';
import { kinds, makePool, rejection, sharedPool, watch } from '../../support/pools.ts';
import { echo } from '../../tasks/basic.ts';
import * as constants from '../../tasks/constants.ts';
import { Forgetful } from '../../tasks/portables.ts';
import * as tasks from '../../tasks/places.ts';
import { cases, hasArrived, isRefused, leaves, places, sentOf, type Case } from '../../tasks/places.ts';

watch();

type End = PromiseSettledResult<unknown>;

/** Tries one thing for each case, and shows those that do not end as they should. */
async function assertAll(
  list: readonly Case[],
  attempt: (one: Case) => Promise<unknown>,
  isGood: (one: Case, end: End) => boolean,
): Promise<void> {
  const ended = await Promise.allSettled(list.map(attempt));
  assert.ok(list.length > 0);
  const wrong = list.map((one, at) => [one, ended[at] as End] as const).filter(([one, end]) => !isGood(one, end));
  assert.deepEqual(wrong.slice(0, 5), [], `${wrong.length} of ${list.length}`);
}

const isTrue = (_: Case, end: End): boolean => end.status === 'fulfilled' && end.value === true;
const arrives = (one: Case, end: End): boolean => end.status === 'fulfilled' && hasArrived(one, end.value);
const isInError = ([, place]: Case): boolean => places[place]?.isError === true;

/** Refused, for the right reason, with the path of where it stands. */
function isRefusal(root: string): (one: Case, end: End) => boolean {
  return ([leaf, place], end) => {
    const reason: unknown = end.status === 'rejected' ? end.reason : undefined;
    if (!(reason instanceof NotSerializableError)) return false;
    return (
      reason.path.startsWith(root + (places[place]?.path ?? '')) && leaves[leaf]?.why?.test(reason.message) === true
    );
  };
}

/** The error in which it stands arrives, without it. */
const arrivesAround = (_: Case, end: End): boolean =>
  end.status === 'fulfilled' && (end.value as Error).message === 'outer';

for (const kind of kinds) {
  describe(`each value in each place, over ${kind}`, () => {
    const shared = sharedPool({ kind, workers: 1 });
    const fine = cases.filter((one) => !isRefused(one, kind));
    const bad = cases.filter((one) => isRefused(one, kind) && !isInError(one));
    const toldAsText = cases.filter((one) => isRefused(one, kind) && isInError(one));

    it('as an argument', async () => {
      const send = (one: Case): Promise<unknown> => shared().run(tasks.receive, [one, sentOf(one)]);
      await assertAll(fine, send, isTrue);
      await assertAll(bad, send, isRefusal('args[0][1]'));
      await assertAll(toldAsText, (one) => shared().run(echo, sentOf(one)), arrivesAround);
    });

    it('as a result', async () => {
      const give = (one: Case): Promise<unknown> => shared().run(tasks.give, one);
      await assertAll(fine, give, arrives);
      await assertAll(bad, give, (one, end) => (isPromise(one) ? isOne(end) : isRefusal('result')(one, end)));
      await assertAll(toldAsText, give, arrivesAround);
    });

    it('as what a task yields', async () => {
      const read = async (one: Case): Promise<unknown> => {
        for await (const value of shared().stream(tasks.yieldOne, one)) return value;
        return assert.fail('it yields nothing');
      };
      await assertAll(fine, read, arrives);
      await assertAll(bad, read, (one, end) => (isPromise(one) ? isOne(end) : isRefusal('yielded')(one, end)));
      await assertAll(toldAsText, read, arrivesAround);
    });

    it('as what a task reports', async () => {
      const hear = async (one: Case): Promise<unknown> => {
        const reports: unknown[] = [];
        await shared()
          .with({ onReport: (value) => reports.push(value) })
          .run(tasks.reportOne, one);
        return reports[0];
      };
      await assertAll(fine, hear, arrives);
      await assertAll(bad, hear, isRefusal('report'));
      await assertAll(toldAsText, hear, arrivesAround);
    });

    it('as a part of what is thrown, which always arrives', async () => {
      const thrown = async (one: Case): Promise<unknown> => {
        const error = (await rejection(shared().run(tasks.throwOne, one))) as Error & { value?: unknown };
        assert.equal(error.message, 'with a value');
        return error.value;
      };
      const everywhere = cases.filter((one) => !kinds.some((each) => isRefused(one, each)));
      await assertAll(everywhere, thrown, arrives);
      await assertAll(cases, thrown, (_, end) => end.status === 'fulfilled');
    });

    it('as an argument of setup', async (t) => {
      const args = fine.map((one) => [one, sentOf(one)] as const);
      const pool = makePool(t, { kind, workers: 1, setup: { task: tasks.keepAll, args } });
      assert.deepEqual(await pool.run(tasks.kept), []);
      for (const one of bad) {
        const make = (): unknown => makePool(t, { kind, setup: { task: tasks.keepAll, args: [[one, sentOf(one)]] } });
        assert.throws(make, (reason) => isRefusal('setup.args[0][1]')(one, { status: 'rejected', reason }));
      }
    });

    it('is refused as a module, whatever that exports, and as what all of a program stands in', async () => {
      const tagged = Object.defineProperty({ a: 1 }, Symbol.toStringTag, { value: 'Mine' });
      assert.deepEqual(await shared().run(echo, tagged), { a: 1 });
      const bundled = Object.defineProperty({ a: 1, f: echo }, Symbol.toStringTag, { value: 'Module' });
      for (const [value, what] of [
        [tasks, /a module namespace/],
        [constants, /a module namespace/],
        [bundled, /a module namespace/],
        [globalThis, /the global object/],
        [process, /`process`/],
        [console, /`console`|function/],
      ] as const) {
        const reason = await rejection(shared().run(echo, { it: [value] }));
        assert.ok(reason instanceof NotSerializableError);
        assert.match(reason.path, /^args\[0\]\.it\[0\]/);
        assert.match(reason.message, what);
      }
    });

    it('is refused as an instance of a portable class whose state is private', async () => {
      const reason = await rejection(shared().run(echo, { it: new Forgetful() }));
      assert.ok(reason instanceof NotSerializableError);
      assert.match(reason.message, /args\[0\]\.it cannot cross.*state of `Forgetful` is private.*\[toWire\]\(\)/);
    });
  });
}

function isOne(end: End): boolean {
  return end.status === 'fulfilled' && end.value === 1;
}

/** A promise that a task returns or yields is awaited, and comes to 1. */
function isPromise([leaf, place]: Case): boolean {
  return leaf === 'a promise' && place === 'on its own';
}
