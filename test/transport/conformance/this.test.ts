// What `this` is in a task function: the object of which it is a property, or nothing. Never anything of polyloop's.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Pool, tasksFrom } from '../../../src/index.ts';
import { kinds, rejectionOf, sharedPool, watch } from '../../support/pools.ts';
import { failsByName, registeredThis } from '../../tasks/methods.ts';

watch();

interface Adder {
  add(n: number): number;
  later(n: number): Promise<number>;
  fails(): never;
  each(n: number): Generator<number>;
}

for (const kind of kinds) {
  describe(`the this of a task function, over ${kind}`, () => {
    const pool = sharedPool({ kind, workers: 1 });

    for (const file of ['methods.cjs', 'methods-inside.cjs', 'methods.ts']) {
      it(`is the object that has it as a property, in ${file}`, async () => {
        const { add, later, fails, each } = tasksFrom<Adder>(new URL(`../../tasks/${file}`, import.meta.url));
        assert.equal(await pool().run(add, 1), 11);
        assert.equal(await pool().run(later, 1), 11);
        assert.deepEqual(await pool().map(add, [1, 2, 3]).toArray(), [11, 12, 13]);
        assert.deepEqual(await Array.fromAsync(pool().stream(each, 1)), [10, 1]);
        const error = await rejectionOf(Error, pool().run(fails));
        assert.equal(error.message, 'step 10');
        assert.match(error.stack ?? '', /^Error: step 10\n +at (Object|Adder|exports)\.(exports\.)?fails \(.*methods/);
        assert.doesNotMatch(error.stack?.split(/\n.*\(submitted from\)/)[0] ?? '', /src\/worker|LoadedFunction/);
      });
    }

    it('is undefined in a named export of an ES module, and in a registered function', async () => {
      const tasks = tasksFrom<{ ownThis(): string; ownThisLater(): Promise<string> }>(
        new URL('../../tasks/methods.ts', import.meta.url),
      );
      assert.equal(await pool().run(tasks.ownThis), 'undefined');
      assert.equal(await pool().run(tasks.ownThisLater), 'undefined');
      assert.equal(await pool().run(registeredThis), 'undefined');
      const error = await rejectionOf(Error, pool().run(failsByName));
      assert.match(error.stack ?? '', /^Error: by name\n +at failsByName \(/);
    });

    it('is that object in setup and teardown too', async () => {
      const { add } = tasksFrom<Adder>(new URL('../../tasks/methods.cjs', import.meta.url));
      const own = new Pool({
        kind,
        workers: 1,
        setup: { task: add as never, args: [1] },
        teardown: { task: add as never },
      });
      assert.equal(await own.run(registeredThis), 'undefined');
      await own.close();
    });
  });
}

it('a task function that is called directly keeps the this of its caller', () => {
  assert.equal(registeredThis.call('a caller'), 'a caller');
  assert.equal({ registeredThis, toString: () => 'an object' }.registeredThis(), 'an object');
});
