// What workers have printed arrives, whole and once, however they end and however slowly it is read.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { argsOf, functions, linesOf } from '../support/command.ts';
import { farKinds, isAlive, kinds, makePool, until, watch } from '../support/pools.ts';
import { leaveHolders, lineOf } from '../tasks/printing.ts';

watch();

const program = fileURLToPath(new URL('programs/prints.ts', import.meta.url));

/** More than the pipes hold, and the streams at their ends. */
const count = 2_500;
const all = Array.from({ length: count }, (_, n) => lineOf(n)).join('');

/** What a program prints, read after a while, and then little by little. */
async function readSlowly(
  args: readonly string[],
  input = '',
): Promise<{ stdout: string; stderr: string; signal: string | null }> {
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(input);
  const ended = new Promise<string | null>((resolve) => {
    child.once('close', (_, signal) => resolve(signal));
  });
  const texts = [child.stdout, child.stderr].map(async (stream) => {
    let text = '';
    await sleep(150);
    for await (const chunk of stream.setEncoding('utf8')) {
      text += chunk as string;
      await sleep(3);
    }
    return text;
  });
  const [stdout = '', stderr = ''] = await Promise.all(texts);
  return { stdout, stderr, signal: await ended };
}

/** How a worker that has printed ends: in one program, one after the other. */
const ends = ['recycle', 'idle', 'resize', 'teardown', 'setup', 'broadcast', 'quarantine', 'listener', 'exit', 'close'];

for (const kind of farKinds) {
  describe(`what a worker has printed arrives at a slow reader, over ${kind}`, () => {
    it(`where it ends by ${ends.join(', ')}`, async () => {
      const { stdout, stderr, signal } = await readSlowly([program, kind, ends.join(), String(count)]);
      assert.equal(signal, null);
      for (const [at, how] of ends.entries()) {
        const [from, to] = [at * all.length, (at + 1) * all.length];
        assert.ok(stdout.slice(from, to) === all && stderr.slice(from, to) === all, how);
      }
    });

    it('where the program has nothing more to do, and has not closed the pool', async () => {
      const { stdout, stderr } = await readSlowly([program, kind, 'nothing', String(count)]);
      assert.equal(stdout, all);
      assert.equal(stderr, all);
    });

    it('where it ends by an exception that nobody catches, and the exception is behind it', async () => {
      const { stdout, stderr } = await readSlowly([program, kind, 'throw', String(count)]);
      assert.equal(stdout, all);
      assert.equal(stderr.slice(0, all.length), all);
      if (kind === 'process') assert.match(stderr.slice(all.length), /Error: nobody catches this\n/);
    });

    it('where it is given to onOutput, before the pool is closed', async () => {
      const group = ['teardown', 'exit', 'close'];
      const { stdout, stderr } = await readSlowly([program, kind, group.join(), String(count), 'heard']);
      assert.equal(stdout, `${all.repeat(3)}of stderr: ${all.repeat(3)}`);
      assert.equal(stderr, '');
    });

    it('where it is given to onOutput, and nobody closes the pool', async () => {
      const { stdout } = await readSlowly([program, kind, 'nothing', String(count), 'heard']);
      assert.equal(stdout, `${all}of stderr: ${all}`);
    });
  });

  describe(`a reader that reads nothing, over ${kind}`, () => {
    for (const how of ['close', 'exit']) {
      it(`does not keep a program from its end where its worker ends by ${how}`, async (t) => {
        const child = spawn(process.execPath, [program, kind, how, String(10 * count), 'unread'], {
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        t.after(() => child.kill('SIGKILL'));
        await until(() => child.exitCode === 0, 'it has ended', 15_000);
      });
    }
  });
}

for (const kind of kinds) {
  it(`the lines that functions of the command print come whole, and all, over ${kind}`, async () => {
    const args = argsOf([
      'map',
      `${functions}#printMuch`,
      '--kind',
      kind,
      '-q',
      '-j',
      '2',
      '-c',
      '2',
      '--input',
      'lines',
    ]);
    const { stdout, stderr } = await readSlowly(args, 'ab\ncd\n');
    assert.equal(linesOf(stdout).length, 2);
    const lines = stderr.trimEnd().split('\n');
    for (const name of ['ab', 'cd']) {
      const own = lines.filter((line) => line.startsWith(`${name} `));
      assert.deepEqual(
        own.map((line) => [line.length, Number(line.slice(3, 7))]),
        Array.from({ length: 2_000 }, (_, n) => [100, n]),
      );
    }
    assert.equal(lines.length, 4_000);
  });
}

describe('a worker that is gone', () => {
  it('is not waited for where processes that it has started hold its streams open, and write to them', async (t) => {
    const pool = makePool(t, { workers: 1, graceMs: 60_000, onOutput: () => {} });
    const holder = await pool.run(leaveHolders);
    t.after(() => process.kill(holder, 'SIGKILL'));
    await pool.close();
    assert.ok(isAlive(holder));
  });
});
