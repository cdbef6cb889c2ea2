// The command in a real terminal: what people see.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleepFor } from 'node:timers/promises';

import { command, functions, linesIn, numbers } from '../support/command.ts';
import { newFolder } from '../support/files.ts';
import { children, stateOf, until, watch } from '../support/pools.ts';
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
    assert.equal(terminal.isCursorShown, true, 'a kill cannot leave a terminal without it');
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
    // Where it is just being drawn there is none.
    await until(
      () => terminal.lines.filter((line) => line.startsWith('worker 1')).length === 1,
      () => `there is one block:\n${terminal.screen}`,
    );
    const records = terminal.lines.filter((line) => line.startsWith('{"seq":'));
    assert.deepEqual(
      records.map((line) => (JSON.parse(line) as { seq: number }).seq),
      records.map((_, at) => at + 1),
      terminal.screen,
    );
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

  it('fits where the terminal becomes small or large, and leaves the summary as the last there is', async () => {
    const folder = newFolder();
    using terminal = new Terminal(folder);
    terminal.type(lineFor(folder, 'square', numbers(30_000), '-j 2 -c 2 -o out.jsonl --total 30000'));
    await terminal.shows(/worker 2/);
    terminal.resize(44, 12);
    await terminal.shows(/^(?:[█░]{8,20} )?[\d,]+ of 30,000 · [\d.]+\/s.*\n\d in flight\nworker 1 .*\nworker 2 .*$/m);
    terminal.resize(100, 30);
    await terminal.shows(/^[█░]{30,} [\d,]+ of 30,000.*\n\d in flight\nworker 1 .*\nworker 2 .*$/m);
    terminal.press('C-c');
    await terminal.shows(/SIGINT: waiting for/);
    await terminal.shows(/inputs? in .* none failed, stopped early(?!.*worker)/s);
  });

  it('says that it waits for what is typed, where nobody has named a file', async () => {
    const folder = newFolder();
    using terminal = new Terminal(folder);
    terminal.type(lineFor(folder, 'shout', '', '-j 1 -o out.jsonl').replace(' in.txt', ''));
    await terminal.shows(/^polyloop: Waiting for input from the terminal, which Ctrl-D ends\. To read a file/m);
    terminal.type('typed');
    terminal.press('C-d');
    await terminal.shows(/^1 input in /m);
    assert.deepEqual(
      linesIn(join(folder, 'out.jsonl')).map(({ value }) => value),
      ['TYPED'],
    );
  });

  it('ends in good order at Ctrl-C, at once at the second, and says how to go on', async () => {
    const folder = newFolder();
    using terminal = new Terminal(folder, 160);
    const flags = '-j 1 -o out.jsonl --joblog run.log --grace 200ms';
    terminal.type(`${lineFor(folder, 'sleepDeaf', '30000\n30000\n', flags)}; echo "status $?"`);
    await terminal.shows(/2 in flight/);
    terminal.press('C-c');
    await terminal.shows(/polyloop: SIGINT: waiting for 2 in flight; once more ends them\. Go on with:/);
    // Signals that come sooner after one another are one.
    await sleepFor(350);
    terminal.press('C-c');
    await terminal.shows(/polyloop: SIGINT: ending what is in flight, within 200 ms/);
    await terminal.shows(/^status 130$/m);
    assert.equal(terminal.isCursorShown, true);
    assert.equal(readFileSync(join(folder, 'out.jsonl'), 'utf8'), '');
  });

  it('stops at Ctrl-Z with all its workers, at whatever moment, and goes on with fg', async () => {
    const folder = newFolder();
    using terminal = new Terminal(folder, 120, 60);
    terminal.type(lineFor(folder, 'square', numbers(30_000), '-j 2 -c 2 -o out.jsonl'));
    // The first time while its workers are on their way.
    const blocks = [/^\d in flight$/m, /^4 in flight$/m, /^4 in flight$/m, /^4 in flight$/m];
    let written = 0;
    for (const [at, block] of blocks.entries()) {
      await until(
        () => block.test(terminal.screen.split('$ fg').at(-1) ?? ''),
        () => `it is drawn below:\n${terminal.screen}`,
      );
      terminal.press('C-z');
      await until(
        () => terminal.lines.filter((line) => line.includes('Stopped')).length === at + 1,
        () => `it has stopped ${at + 1} times:\n${terminal.screen}`,
      );
      const [job = 0] = children(terminal.shell);
      await until(() => [job, ...children(job)].every((pid) => stateOf(pid) === 'T'), 'all are stopped');
      written = linesIn(join(folder, 'out.jsonl')).length;
      terminal.type('fg');
    }
    await until(
      () => linesIn(join(folder, 'out.jsonl')).length > written,
      () => `it goes on:\n${terminal.screen}`,
    );
    terminal.press('C-c');
    await terminal.shows(/^[\d,]+ inputs? in .* none failed, stopped early$/m);
  });
});
