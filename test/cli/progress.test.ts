// How a run tells how far it is: which way, how often, and what.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { argsOf } from '../../src/cli/args.ts';
import { sayWhereTyped } from '../../src/cli/input/from-terminal.ts';
import { progressMode } from '../../src/cli/progress/progress.ts';
import { UsageError } from '../../src/cli/usage-error.ts';
import { functions, jsonLines, polyloop } from '../support/command.ts';
import { newFolder } from '../support/files.ts';
import { watch } from '../support/pools.ts';

watch();

describe('how far a run is', () => {
  it('is shown in a block on a terminal, and in lines on one of no size, or where that is asked for', () => {
    const terminal = { isTerminal: true, hasRoom: true };
    const sizeless = { isTerminal: true, hasRoom: false };
    const pipe = { isTerminal: false, hasRoom: true };
    const modes = [terminal, sizeless, pipe].map((screen) =>
      [{}, { progress: true }, { quiet: true }, { quiet: true, progress: true }, { jsonProgress: true }].map((asked) =>
        progressMode(asked, screen),
      ),
    );
    assert.deepEqual(modes, [
      ['block', 'block', 'none', 'block', 'json'],
      ['lines', 'lines', 'none', 'lines', 'json'],
      ['start', 'lines', 'none', 'lines', 'json'],
    ]);
  });

  it('is told as often as --progress-interval says', async () => {
    const args = ['map', `${functions}#sleepDeaf`, '--json-progress', '--progress-interval', '100ms', '--total', '1'];
    const { stderr } = await polyloop(args, '650\n', newFolder());
    const told = jsonLines(stderr.replaceAll(/^[^{].*$/gm, ''));
    assert.ok(told.length >= 4 && told.length <= 8, stderr);
  });
});

describe('input from a terminal', () => {
  it('is said to be waited for where no file was named', () => {
    const said = (files: readonly string[], isTerminal: boolean): string[] => {
      const lines: string[] = [];
      sayWhereTyped(files, (line) => lines.push(line), isTerminal);
      return lines;
    };
    assert.match(said([], true).join('\n'), /^Waiting for input from the terminal, which Ctrl-D ends\. To read/);
    assert.deepEqual([said([], false), said(['-'], true), said(['a'], true)], [[], [], []]);
  });
});

describe('a file of --args that cannot be read', () => {
  it('is named, and nothing of what is in it is told', () => {
    const file = join(newFolder(), 'secret.json');
    writeFileSync(file, '{"key": secret}');
    assert.throws(
      () => argsOf(`@${file}`),
      (error) =>
        error instanceof UsageError && /the file is not JSON/.test(error.message) && !/secret}/.test(error.message),
    );
    assert.throws(() => argsOf('@'), UsageError);
    assert.throws(() => argsOf('@none'), /Cannot read none, which --args names/);
  });
});
