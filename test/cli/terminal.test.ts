// The command in a real terminal: what people see.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { command, functions, linesIn, newFolder, numbers } from '../support/command.ts';
import { onceOf, watch } from '../support/pools.ts';
import { noTerminal, Terminal } from '../support/terminal.ts';

watch(60_000);

/** The line that runs a function over so many inputs, in a folder in which they are. */
function lineFor(folder: string, fn: string, input: string, flags: string): string {
  writeFileSync(join(folder, 'in.txt'), input);
  writeFileSync(join(folder, 'p'), `#!/bin/bash\nexec "${process.execPath}" "${command}" "$@"\n`, { mode: 0o755 });
  return `./p map ${functions}#${fn} in.txt ${flags}`;
}

describe('in a terminal', { skip: noTerminal }, () => {
  it('shows how far it is, in a block that is drawn anew and leaves the summary in its place', async () => {
    const folder = newFolder();
    using terminal = new Terminal(folder);
    terminal.type(lineFor(folder, 'square', numbers(600), '-j 2 -c 2 -o out.jsonl --total 600'));
    await terminal.shows(/^█+░* [\d,]+ of 600 · [\d.]+\/s · [\d.]+ s, [\d.]+ (m?s|min) left$/m);
    await terminal.shows(/^4 in flight$/m);
    await terminal.shows(/^worker 1 {4}[█░]{10} {2} *\d+% busy {5}2 in flight/m);
    assert.equal(terminal.lines.filter((line) => line.startsWith('worker 2')).length, 1, 'it is drawn once');
    assert.equal(terminal.isCursorShown, false);
    await terminal.shows(/^600 inputs in [\d.]+ s \([\d.]+\/s\), all done$/m);
    assert.doesNotMatch(terminal.screen, /worker 1|in flight/);
    assert.equal(terminal.isCursorShown, true);
    assert.equal(linesIn(join(folder, 'out.jsonl')).length, 600);
  });

  it('makes room for records where they go to the same terminal', async () => {
    const folder = newFolder();
    using terminal = new Terminal(folder);
    terminal.type(lineFor(folder, 'mumbleSlowly', numbers(12), '-j 1 -c 2 -k'));
    await terminal.shows(/"seq":8,/);
    await terminal.shows(/in flight/);
    const records = terminal.lines.filter((line) => line.startsWith('{"seq":'));
    assert.deepEqual(
      records.map((line) => (JSON.parse(line) as { seq: number }).seq),
      records.map((_, at) => at + 1),
      terminal.screen,
    );
    assert.equal(terminal.lines.filter((line) => line.startsWith('worker 1')).length, 1, terminal.screen);
    terminal.press('C-c');
    await terminal.shows(/stopped early/);
  });

  it('has what tasks print above the block, line by line', async () => {
    const folder = newFolder();
    using terminal = new Terminal(folder);
    terminal.type(lineFor(folder, 'mumbleSlowly', numbers(9), '-j 1 -c 3 --tag -o out.jsonl'));
    await terminal.shows(/^3\t? +3 says two$/m);
    await terminal.shows(/in flight/);
    const { lines } = terminal;
    const block = lines.findIndex((line) => line.includes('in flight'));
    assert.ok(block > 0 && lines.slice(block).every((line) => !line.includes('says')), terminal.screen);
    await terminal.shows(/^9 inputs in/m);
    assert.equal(terminal.screen.match(/says (one|two)/g)?.length, 18);
  });

  it('fits where the terminal becomes small, and leaves nothing behind', async () => {
    const oneBlock = [/of 30,000/, /in flight$/, /^worker 1/, /^worker 2/];
    const looks = async (): Promise<boolean> => {
      const folder = newFolder();
      using terminal = new Terminal(folder);
      terminal.type(lineFor(folder, 'square', numbers(30_000), '-j 2 -c 2 -o out.jsonl --total 30000'));
      await terminal.shows(/worker 2/);
      // While it is drawn anew there is none.
      const isDrawnOnce = (): boolean => {
        for (let look = 0; look < 100; look++) {
          const { lines } = terminal;
          if (oneBlock.every((what) => lines.filter((line) => what.test(line)).length === 1)) return true;
        }
        return false;
      };
      terminal.resize(44, 12);
      await terminal.shows(/^(?:[█░]{8,20} )?[\d,]+ of 30,000 · [\d.]+\/s/m);
      const isOneWhenSmall = isDrawnOnce();
      terminal.resize(100, 30);
      await terminal.shows(/^[█░]{30,} [\d,]+ of 30,000/m);
      const isOneWhenLarge = isDrawnOnce();
      terminal.press('C-c');
      await terminal.shows(/inputs in .* none failed, stopped early/);
      return isOneWhenSmall && isOneWhenLarge;
    };
    // It may be drawn between the terminal's change and the news of it; then a line of it stays.
    assert.ok(await onceOf(3, looks, (isGood) => isGood));
  });

  it('ends in good order at Ctrl-C, at once at the second, and says how to go on', async () => {
    const folder = newFolder();
    using terminal = new Terminal(folder, 160);
    const flags = '-j 1 -o out.jsonl --joblog run.log --grace 200ms';
    terminal.type(`${lineFor(folder, 'sleepDeaf', '30000\n30000\n', flags)}; echo "status $?"`);
    await terminal.shows(/2 in flight/);
    terminal.press('C-c');
    await terminal.shows(/polyloop: SIGINT: waiting for 2 in flight; once more ends them\. Go on with:/);
    terminal.press('C-c');
    await terminal.shows(/polyloop: SIGINT: ending what is in flight, within 200 ms/);
    await terminal.shows(/^status 130$/m);
    assert.equal(terminal.isCursorShown, true);
    assert.equal(readFileSync(join(folder, 'out.jsonl'), 'utf8'), '');
  });

  it('stops at Ctrl-Z, and goes on with fg', async () => {
    const folder = newFolder();
    using terminal = new Terminal(folder);
    terminal.type(lineFor(folder, 'square', numbers(400), '-j 2 -c 2 -o out.jsonl'));
    await terminal.shows(/in flight/);
    terminal.press('C-z');
    await terminal.shows(/Stopped/);
    assert.equal(terminal.lines.filter((line) => /\d in flight$/.test(line)).length, 0, 'the block is away');
    terminal.type('fg');
    await terminal.shows(/^400 inputs in .*, all done$/m);
    assert.equal(linesIn(join(folder, 'out.jsonl')).length, 400);
  });
});
