// Arguments, results and errors that are hard to carry.
import { endOf, hasValue, told, type Case, type End } from '../case.ts';

export const values: Case[] = [
  {
    name: 'argument',
    question: 'An argument that cannot be cloned, among good ones: does only its own task fail?',
    setUp:
      'One warm worker, five tasks at once; the third has a function in its argument. It must reject, the other four, and one more after them, must fulfil. ' +
      "Here and everywhere peers that fork processes have `serialization: 'advanced'`.",
    async happen(peer, found) {
      const pool = peer.open({ workers: 1 });
      await pool.run('increment', 1);
      const inputs = [{ n: 1 }, { n: 2 }, { n: 3, f: () => {} }, { n: 4 }, { n: 5 }];
      const ends = await Promise.all(inputs.map((input) => endOf(() => pool.run('take', input))));
      const its = ends[2] as End;
      found.expect(its.is === 'rejected', `its task ${told(its)}`);
      const others = ends.map((end, at) => [end, at + 1] as const).filter(([end]) => end !== its);
      found.expectAll(others, 'innocent tasks');
      const next = await endOf(() => pool.run('increment', 1));
      found.expect(hasValue(next, 2), `slot lost: next task ${told(next)}`);
    },
  },
  {
    name: 'result',
    question: 'A result that cannot be cloned: does its own task fail, and is its slot free again?',
    setUp: 'One warm worker, a task that returns a function. It must reject, and a task after it must run.',
    async happen(peer, found) {
      const pool = peer.open({ workers: 1 });
      await pool.run('increment', 1);
      const end = await endOf(() => pool.run('unclonable'));
      found.expect(end.is === 'rejected', `its task ${told(end)}`);
      const next = await endOf(() => pool.run('increment', 1));
      found.expect(hasValue(next, 2), `slot lost: next task ${told(next)}`);
    },
  },
  {
    name: 'throw-undefined',
    question: '`throw undefined` in a task: does it reject?',
    setUp: 'One warm worker. Whatever it rejects with counts; a task after it must run.',
    async happen(peer, found) {
      const pool = peer.open({ workers: 1 });
      await pool.run('increment', 1);
      const end = await endOf(() => pool.run('throwUndefined'));
      found.expect(end.is === 'rejected', `task ${told(end)}`);
      const next = await endOf(() => pool.run('increment', 1));
      found.expect(hasValue(next, 2), `slot lost: next task ${told(next)}`);
    },
  },
  {
    name: 'error',
    question: 'An error with a class of its own, `code`, `cause` and own properties: does it arrive whole?',
    setUp:
      'A task throws an `ImageError extends RangeError` with `code`, an own property that is an object, and a `TypeError` as its cause. polyloop is told of the class by `portable`; ' +
      'the others have nothing of that kind. What did not arrive is named; *base class* is that it is not even a `RangeError`.',
    async happen(peer, found) {
      const pool = peer.open({ workers: 1 });
      await pool.run('increment', 1);
      const end = await endOf(() => pool.run('throwRich'));
      found.expect(end.is === 'rejected', `task ${told(end)}`);
      if (end.is !== 'rejected') return;
      const lost = lostOf(end.reason, peer.ImageError);
      found.expect(lost.length === 0, `lost: ${lost.join(', ')}`);
    },
  },
];

/** What of the error of `throwRich` did not arrive. */
function lostOf(reason: unknown, ImageError: new (...args: never[]) => Error): string[] {
  const error = (reason ?? {}) as Partial<Error> & { code?: unknown; pixel?: { x?: unknown } };
  const cause = error.cause as Partial<Error> | undefined;
  const arrived: Record<string, boolean> = {
    'being an Error': reason instanceof Error,
    class: reason instanceof ImageError,
    'base class': reason instanceof RangeError,
    name: error.name === 'ImageError',
    message: error.message === 'bad pixel',
    'where it was thrown': error.stack?.includes('throwRich') === true,
    code: error.code === 'E_IMAGE',
    cause: cause?.message === 'no such colour' && cause instanceof TypeError,
    'own properties': error.pixel?.x === 1,
  };
  return Object.keys(arrived).filter((part) => !arrived[part]);
}
