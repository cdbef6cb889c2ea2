// The block below the lines, in a terminal that is played: here it is known what is on it at every moment.
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';

import { default as xterm } from '@xterm/headless';

import { Screen } from '../../src/cli/progress/screen.ts';
import { watch } from '../support/pools.ts';

watch();

class PlayedTerminal extends Writable {
  readonly isTTY = true;
  readonly rows: number;
  columns: number;
  readonly #terminal: xterm.Terminal;

  constructor(columns: number, rows: number) {
    super();
    this.columns = columns;
    this.rows = rows;
    this.#terminal = new xterm.Terminal({ cols: columns, rows, convertEol: true, allowProposedApi: true });
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.#terminal.write(chunk, done);
  }

  /** All that has ever been on it and was not taken away. */
  async lines(): Promise<string[]> {
    await new Promise<void>((done) => this.write('', () => done()));
    const { buffer } = this.#terminal;
    const lines = Array.from(
      { length: buffer.active.length },
      (_, at) => buffer.active.getLine(at)?.translateToString(true) ?? '',
    );
    return lines.slice(0, lines.findLastIndex((line) => line !== '') + 1);
  }

  async resize(columns: number): Promise<void> {
    // What has been written was written for the width that it had.
    await this.lines();
    this.#terminal.resize(columns, this.rows);
    this.columns = columns;
    this.emit('resize');
  }
}

async function screenOf(columns = 60): Promise<{ screen: Screen; terminal: PlayedTerminal }> {
  const terminal = new PlayedTerminal(columns, 12);
  const screen = await Screen.on(terminal as unknown as NodeJS.WriteStream);
  return { screen, terminal };
}

const wide = 'what is done '.padEnd(50, '.');

describe('the block on a terminal', () => {
  it('is drawn anew in its place, below the lines that stay', async () => {
    const { screen, terminal } = await screenOf();
    let drawn = 0;
    screen.show(() => `drawn ${++drawn}\nsecond line`);
    screen.redraw();
    assert.deepEqual(await terminal.lines(), ['drawn 2', 'second line']);
    screen.print('one\n');
    assert.deepEqual(await terminal.lines(), ['one']);
    screen.redraw();
    screen.print('two\nthree\n');
    screen.redraw();
    assert.deepEqual(await terminal.lines(), ['one', 'two', 'three', 'drawn 4', 'second line']);
    screen.end();
    screen.redraw();
    assert.deepEqual(await terminal.lines(), ['one', 'two', 'three']);
  });

  it('is the only one where lines scroll off above it', async () => {
    const { screen, terminal } = await screenOf();
    screen.show(() => 'block\nsecond line');
    for (let line = 1; line <= 40; line++) {
      screen.print(`line ${line}\n`);
      screen.redraw();
    }
    const lines = await terminal.lines();
    assert.deepEqual(lines, [...Array.from({ length: 40 }, (_, at) => `line ${at + 1}`), 'block', 'second line']);
  });

  it('is drawn for its new width where the terminal becomes narrower or wider, and nothing of the old one stays', async () => {
    const { screen, terminal } = await screenOf();
    screen.print('first\n');
    screen.show(() => `${wide.slice(0, screen.columns - 1)}\n${screen.columns} columns\n${wide.slice(0, 30)}`);
    for (const columns of [59, 20, 33, 12, 80, 60]) {
      await terminal.resize(columns);
      screen.redraw();
      const lines = await terminal.lines();
      assert.deepEqual(
        lines.filter((line) => line.includes('columns')),
        [`${columns} columns`],
        lines.join('\n'),
      );
      assert.equal(lines[0], 'first');
      assert.equal(lines.filter((line) => line.startsWith('what is')).length, 2, lines.join('\n'));
    }
    screen.end();
    assert.deepEqual(await terminal.lines(), ['first']);
  });

  it('is left where it is once this program was stopped, for a shell has written below it', async (t: TestContext) => {
    const { screen, terminal } = await screenOf();
    let drawn = 0;
    const shell = (): boolean => terminal.write('^Z\n[1]+  Stopped\n$ fg\n');
    screen.show(() => `drawn ${++drawn}`);
    shell();
    screen.leave();
    screen.redraw();
    assert.deepEqual(await terminal.lines(), ['drawn 1', '^Z', '[1]+  Stopped', '$ fg', 'drawn 2']);

    shell();
    // A line may come before the news that the program goes on.
    const now = performance.now();
    t.mock.method(performance, 'now', () => now + 60_000);
    screen.print('a line\n');
    screen.leave();
    screen.redraw();
    screen.redraw();
    const [, , , , ...rest] = await terminal.lines();
    assert.deepEqual(rest, ['drawn 2', '^Z', '[1]+  Stopped', '$ fg', 'a line', 'drawn 4']);
    screen.end();
  });
});
