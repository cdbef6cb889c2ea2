// One command at a time writes a file, whatever the file is called, and whoever holds its lock.
import assert from 'node:assert/strict';
import { existsSync, linkSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { argsOf, functions, numbers, polyloop } from '../support/command.ts';
import { newFolder } from '../support/files.ts';
import { until } from '../support/pools.ts';
import { run, start } from '../support/programs.ts';

const lock = fileURLToPath(new URL('../../src/cli/output/lock.ts', import.meta.url));

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

describe('a file that a command writes', () => {
  it('is written by no other: under another log, another name, or as another kind of file', async () => {
    const folder = newFolder();
    for (const name of ['out.jsonl', 'a.log']) writeFileSync(join(folder, name), '');
    const names = { soft: join(folder, 'soft'), hard: join(folder, 'hard') };
    symlinkSync('out.jsonl', names.soft);
    linkSync(join(folder, 'a.log'), names.hard);
    symlinkSync('not-yet', join(folder, 'early'));
    const args = ['map', `${functions}#sleepDeaf`, '--kind', 'inline', '-c', '1'];
    const running = start(argsOf([...args, '--joblog', 'a.log', '-o', 'out.jsonl', '--append', '--trace', 'early']), {
      input: numbers(10_000),
      cwd: folder,
    });
    await until(() => sizeOf(join(folder, 'a.log')) > 0, 'it writes');
    for (const [others, name] of [
      [['--joblog', 'b.log', '-o', 'out.jsonl', '--append'], 'out\\.jsonl'],
      [['-o', 'soft', '--append'], 'soft'],
      [['--joblog', 'hard', '--resume'], 'hard'],
      [['--joblog', join(folder, 'a.log'), '--append'], '.*a\\.log'],
      [['--report', 'out.jsonl'], 'out\\.jsonl'],
      [['--errors', 'hard', '--append'], 'hard'],
      [['-o', 'not-yet'], 'not-yet'],
    ] as const) {
      const { code, stderr } = await polyloop(['map', `${functions}#shout`, ...others], 'a\n', folder);
      assert.equal(code, 255);
      assert.match(stderr, new RegExp(`^polyloop: ${name} is being written by process ${running.child.pid}\\.`));
    }
    running.child.kill('SIGKILL');
    await running.ended;
    assert.equal(existsSync(join(folder, 'b.log')), false);
    const { code, stderr } = await polyloop(['map', `${functions}#shout`, '-o', 'soft', '--overwrite'], 'a\n', folder);
    assert.equal(code, 0, stderr);
    assert.equal(existsSync(join(folder, 'out.jsonl.lock')), false);
  });

  const own = { startedAt: '', host: hostname(), boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() };
  const owners: readonly (readonly [what: string, owner: Record<string, unknown>, says: RegExp | undefined])[] = [
    [
      'of another machine',
      { ...own, host: 'elsewhere' },
      /process 1 of elsewhere, or was when that was killed.* remove .*out\.lock/,
    ],
    ['of another container', { ...own, pids: 'pid:[1]' }, /from here it cannot be told/],
    ['of before the machine was started anew', { ...own, boot: 'another' }, undefined],
    ['of a number that is used again', own, undefined],
    ['of an earlier polyloop', { startedAt: '' }, undefined],
  ];
  for (const [what, owner, says] of owners) {
    it(`is ${says === undefined ? 'taken' : 'refused'} where its lock is ${what}`, async () => {
      const folder = newFolder();
      const text = JSON.stringify({ pid: 1, ...owner });
      writeFileSync(join(folder, 'out.lock'), text);
      const { code, stderr } = await polyloop(['map', `${functions}#shout`, '-o', 'out'], 'a\n', folder);
      if (says === undefined) assert.deepEqual([code, existsSync(join(folder, 'out.lock'))], [0, false], stderr);
      else {
        assert.match(stderr, says);
        assert.deepEqual([code, readFileSync(join(folder, 'out.lock'), 'utf8')], [255, text]);
      }
    });
  }

  it('is had by one, however many find a stale lock at one moment', async () => {
    const program = `
      const { Lock } = await import(${JSON.stringify(lock)});
      const [file, at] = process.argv.slice(1);
      while (Date.now() < Number(at)) ;
      try {
        new Lock([file]);
        console.log('had');
        await new Promise((resolve) => setTimeout(resolve, 1_500));
      } catch (error) {
        console.log(error.message.includes('is being written by process') ? 'refused' : error.message);
      }`;
    for (let round = 0; round < 3; round++) {
      const file = join(newFolder(), 'out');
      writeFileSync(`${file}.lock`, JSON.stringify({ pid: 999_999_999, startedAt: '' }));
      const at = String(Date.now() + 1_200);
      const ends = await Promise.all(
        Array.from({ length: 4 }, () => run(['--input-type=module', '--eval', program, file, at])),
      );
      const said = ends.map(({ stdout, stderr }) => stdout.trim() + stderr).toSorted();
      assert.deepEqual(said, ['had', 'refused', 'refused', 'refused']);
      assert.equal(existsSync(`${file}.lock`), false);
    }
  });
});
