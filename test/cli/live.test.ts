// Numbers that are changed while a run goes on: -j @FILE and -c @FILE, and SIGUSR2.
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { LiveNumber } from '../../src/cli/live-number.ts';
import { wholeNumber } from '../../src/cli/quantities.ts';
import { command, functions, linesOf, polyloop } from '../support/command.ts';
import { linesOf as linesInFile, newFolder } from '../support/files.ts';
import { children, until, watch } from '../support/pools.ts';
import { start } from '../support/programs.ts';

watch();

describe('a number in a file', () => {
  const live = (file: string): { number: LiveNumber; said: string[] } => {
    const said: string[] = [];
    const number = new LiveNumber(
      { file },
      {
        flag: '-c',
        read: wholeNumber(1),
        onChange: () => said.push(`changed to ${number.value}`),
        onProblem: (why) => said.push(why),
      },
    );
    return { number, said };
  };

  it('is read at the beginning, and again when the file is another', () => {
    const file = join(newFolder(), 'n');
    writeFileSync(file, ' 3\n');
    const { number, said } = live(file);
    number.look();
    writeFileSync(file, '12\n');
    number.look();
    number.look();
    assert.deepEqual([number.value, said], [12, ['changed to 12']]);
    number.end();
  });

  it('stays what it was where the file is gone or has none, which is said once', () => {
    const file = join(newFolder(), 'n');
    writeFileSync(file, '3');
    const { number, said } = live(file);
    writeFileSync(file, 'many');
    number.look();
    rmSync(file);
    number.look();
    number.look();
    writeFileSync(file, '3\n\n');
    number.look();
    assert.equal(number.value, 3);
    assert.deepEqual(said, [
      `-c @${file} has 'many'. It takes a whole number, 1 or more. It stays at 3.`,
      `Cannot read -c @${file}: ENOENT: no such file or directory, open '${file}'. It stays at 3.`,
    ]);
    number.end();
  });

  it('must be there at the beginning, and is no place to write to', async () => {
    const folder = newFolder();
    const missing = await polyloop(['map', functions, '-c', '@n'], '', folder);
    assert.equal(missing.code, 255);
    assert.match(missing.stderr, /^polyloop: Cannot read -c @n: ENOENT/);
    writeFileSync(join(folder, 'n'), '2');
    const over = await polyloop(['map', functions, '-c', '@n', '-o', 'n', '--overwrite'], '', folder);
    assert.equal(over.code, 255);
    assert.match(over.stderr, /the file of -c/);
  });
});

describe('a run', () => {
  it('does more at once, and has more workers, when their files say so; SIGUSR2 looks at once', async () => {
    const folder = newFolder();
    const begun = join(folder, 'begun');
    writeFileSync(join(folder, 'j'), '1');
    writeFileSync(join(folder, 'c'), '2');
    const args = [command, 'map', `${functions}#sleepDeaf`, '-j', '@j', '-c', '@c', '-o', 'out'];
    const input = `${'5000\n'.repeat(2)}${'10\n'.repeat(30)}`;
    const running = start(args, { input, cwd: folder, env: { BEGUN_FILE: begun } });
    await until(() => linesInFile(begun).length === 2, 'two have begun, and no more');
    writeFileSync(join(folder, 'c'), '4');
    running.child.kill('SIGUSR2');
    await until(() => running.stderr().includes('From now on 1 worker, 4 at once in each.'), 'it is told');
    await until(() => linesInFile(begun).length > 2, 'more have begun');
    writeFileSync(join(folder, 'j'), '2');
    await until(() => running.stderr().includes('From now on 2 workers, 4 at once in each.'), 'the file is looked at');
    await until(() => children(running.child.pid ?? 0).length === 2, 'there is another worker');
    assert.equal((await running.ended).code, 0);
  });

  it('with plain numbers goes on at SIGUSR2, and says how it could be changed', async () => {
    const folder = newFolder();
    const begun = join(folder, 'begun');
    const args = [command, 'map', `${functions}#sleepDeaf`, '-j', '1'];
    const running = start(args, { input: '700\n', cwd: folder, env: { BEGUN_FILE: begun } });
    await until(() => linesInFile(begun).length === 1, 'it is at work');
    running.child.kill('SIGUSR2');
    const { code, stderr, stdout } = await running.ended;
    assert.deepEqual([code, linesOf(stdout).length], [0, 1]);
    assert.match(stderr, /^polyloop: 1 worker\. With -j @FILE or -c @FILE that could be changed while it runs\.$/m);
  });
});
