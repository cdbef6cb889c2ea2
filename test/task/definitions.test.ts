import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { context, DefinitionError, fromWire, isMain, portable, task, tasksFrom, toWire } from '../../src/index.ts';

const meta = (name: string): { url: string } => ({ url: `file:///nowhere/${name}.ts` });

describe('task()', () => {
  it('gives back a function that, called directly, is the plain one', async () => {
    const add = task(meta('direct'), async function add(this: unknown, a: number, b: number) {
      return a + b;
    });
    assert.equal(await add(1, 2), 3);
    assert.equal(add.name, 'add');
    assert.equal(add.length, 2);
  });

  it('lets a function called directly ask for its context, which is nobody’s', () => {
    const who = task(meta('direct-context'), function who() {
      const { signal, taskId, attempt, worker } = context();
      return { isAborted: signal.aborted, taskId, attempt, worker: worker.id };
    });
    assert.deepEqual(who(), { isAborted: false, taskId: 0, attempt: 1, worker: 0 });
  });

  it('refuses an anonymous function, unless it is given a name', () => {
    assert.throws(
      () => task(meta('anonymous'), async () => 1),
      (error: unknown) => {
        assert.ok(error instanceof DefinitionError);
        assert.match(
          error.message,
          /anonymous function in file:\/\/\/nowhere\/anonymous\.ts.*task\(import\.meta, async function name.*\{ name \}/s,
        );
        return true;
      },
    );
    assert.equal(task(meta('anonymous'), async () => 1, { name: 'one' }).name, 'one');
  });

  it('refuses a second function of the same name in a module, but not in another', () => {
    const twice = (url: { url: string }): unknown => task(url, function same() {});
    twice(meta('twice'));
    assert.throws(() => twice(meta('twice')), /two task functions of the name `same` in file:.*Rename one/);
    assert.doesNotThrow(() => twice(meta('not-twice')));
  });

  it('takes a URL, a path, or import.meta, but nothing that depends on where one stands', () => {
    assert.doesNotThrow(() => task('file:///nowhere/url.ts', function a() {}));
    assert.doesNotThrow(() => task(new URL('file:///nowhere/url.ts'), function b() {}));
    assert.doesNotThrow(() => task('/nowhere/path.cjs', function c() {}));
    assert.throws(
      () => task('./relative.ts', function d() {}),
      /depends on where one stands.*new URL\('\.\/relative\.ts', import\.meta\.url\)/,
    );
    assert.throws(
      () => task(undefined as never, function e() {}),
      /takes import\.meta or a module URL.*given undefined/,
    );
    assert.throws(
      () => task(meta('no-function'), 7 as never),
      /takes a function as its second argument; it was given 7/,
    );
  });
});

describe('tasksFrom()', () => {
  it('gives references that are the same each time, and says so when one is called', () => {
    const tasks = tasksFrom<{ resize(n: number): number }>('file:///nowhere/image.ts');
    assert.equal(tasks.resize, tasks.resize);
    assert.throws(() => tasks.resize(1), /only names a function that a pool can run.*pool\.run\(tasks\.resize/);
  });

  it('can be awaited by mistake without harm', async () => {
    const tasks = tasksFrom<{ resize(): void }>('file:///nowhere/image.ts');
    const awaited = await (tasks as unknown as Promise<typeof tasks>);
    assert.equal(awaited.resize, tasks.resize);
  });

  it('refuses a bare or relative specifier and says what to write', () => {
    assert.throws(() => tasksFrom('marked'), /import\.meta\.resolve\('marked'\) for a package/);
  });
});

describe('portable()', () => {
  it('refuses what could not be found or made again', () => {
    assert.throws(() => portable(meta('p1'), class {}), /without a name/);
    const twice = (): void => portable(meta('p2'), class Same {});
    twice();
    assert.throws(twice, /two portable classes of the name `Same`/);
    assert.throws(() => portable(meta('p3'), 7 as never), /takes a class/);
    class Half {
      [toWire](): number {
        return 1;
      }
    }
    assert.throws(() => portable(meta('p4'), Half), /`Half`.*has \[toWire\]\(\) but no static \[fromWire\]\(state\)/);
    class OtherHalf {
      static [fromWire](): OtherHalf {
        return new OtherHalf();
      }
    }
    assert.throws(() => portable(meta('p5'), OtherHalf), /has static \[fromWire\]\(state\) but no \[toWire\]\(\)/);
    class Index extends Map {}
    assert.throws(() => portable(meta('p6'), Index), /extends Map, whose content is not in properties/);
  });
});

describe('isMain()', () => {
  it('is false for a module that the program only imports', () => {
    assert.equal(isMain({ url: new URL('../tasks/basic.ts', import.meta.url).href }), false);
  });

  it('knows the main script by its path where Node does not tell', () => {
    assert.equal(isMain({ url: import.meta.url }), true);
  });
});
