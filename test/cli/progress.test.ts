// How a run tells how far it is: which way, how often, and what.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';

import { argsOf } from '../../src/cli/args.ts';
import { sayWhereTyped } from '../../src/cli/input/from-terminal.ts';
import { Inputs } from '../../src/cli/input/inputs.ts';
import { countsOf } from '../../src/cli/progress/counts.ts';
import { doneParts, progressMode } from '../../src/cli/progress/progress.ts';
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

describe('which part of the files has been read', () => {
  const folder = newFolder();
  const file = (name: string, content: string | Buffer): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  /** After each of so many inputs. */
  const sharesOf = async (count: number, files: readonly string[], every = 1): Promise<(number | undefined)[]> => {
    const inputs = new Inputs({ files, format: undefined, maxLineBytes: 1e6, signal: new AbortController().signal });
    const shares: (number | undefined)[] = [];
    for (let taken = 1; taken <= count; taken++) {
      await inputs.next();
      if (taken % every === 0) shares.push(inputs.share);
    }
    await inputs.return();
    return shares;
  };

  it('is known as inputs are taken, of one chunk and of many, over several files', async () => {
    const small = file('small.txt', 'aaaa\n'.repeat(4));
    assert.deepEqual(await sharesOf(4, [small]), [0.25, 0.5, 0.75, 1]);
    assert.deepEqual(
      await sharesOf(4, [small, file('other.txt', 'aaaa\n'.repeat(12))]),
      [1, 2, 3, 4].map((n) => n / 16),
    );
    const large = file('large.txt', `${'a'.repeat(99)}\n`.repeat(5_000));
    for (const [at, share = 0] of (await sharesOf(5_000, [large], 500)).entries())
      assert.ok(Math.abs(share - (at + 1) / 10) < 0.001, `${share} after ${(at + 1) * 500}`);
    const rows = await sharesOf(3, [file('rows.csv', 'id,name\n1,a\n2,b\n3,c\n')]);
    assert.deepEqual(
      rows.map((share = 0) => share.toFixed(2)),
      ['0.33', '0.67', '1.00'],
    );
  });

  it('is known roughly of what is compressed, where it is large', async () => {
    const text = Array.from({ length: 120_000 }, (_, n) => `${hash('sha256', `${n}`)}\n`).join('');
    assert.deepEqual(await sharesOf(2, [file('small.gz', gzipSync(text.slice(0, 9_000)))]), [undefined, undefined]);
    for (const [at, share = 0] of (await sharesOf(120_000, [file('large.gz', gzipSync(text))], 30_000)).entries())
      assert.ok(Math.abs(share - (at + 1) / 4) < 0.06, `${share} after ${at + 1} of four parts`);
  });

  it('is not known of what is no plain file', async () => {
    const small = file('plain.txt', 'a\nb\n');
    assert.deepEqual(await sharesOf(1, ['/dev/null', small]), [undefined]);
  });
});

describe('of how much a run is', () => {
  const calls = {
    ...{ state: 'reading' as const, pulled: 120, taken: 120, share: 0.3 },
    ...{ skipped: 0, endedBefore: 0, failedBefore: 0 },
  };
  const tally = { ended: 100, failed: 0 };
  const told = (
    ...[of, asked = {}]: [Partial<Parameters<typeof countsOf>[0]>, Parameters<typeof countsOf>[2]?]
  ): string => doneParts(countsOf({ ...calls, ...of }, tally, asked)).join(' · ');

  it('is told by the bytes of its files, in which more was read than has ended', () => {
    assert.equal(told({}), '25% · 100 done');
    assert.equal(told({ pulled: 60, taken: 120 }), '50% · 100 done', 'of which half was called for');
    assert.equal(told({ taken: 300, endedBefore: 180, share: 0.75 }), '45% · 100 done');
    assert.equal(told({}, { limit: 200 }), '50% · 100 done');
    assert.equal(told({ pulled: 101, taken: 101, share: 1 }), '99% · 100 done');
  });

  it('is only told where it is known', () => {
    for (const unknown of [{ share: undefined }, { share: 0 }, { pulled: 0 }]) assert.equal(told(unknown), '100 done');
    assert.equal(told({ share: undefined }, { total: 400 }), '100 of 400');
    assert.equal(told({ share: undefined, state: 'at the end' }), '100 of 120');
  });

  it('is never more than all: --total that is too small is told to be', () => {
    assert.equal(told({ share: undefined }, { total: 90 }), '100 done, of more than --total 90');
    assert.equal(told({}, { total: 90 }), '25% · 100 done, of more than --total 90');
    assert.equal(told({}, { total: 1_000, batch: 10 }), '25% · 100 done, of more than --total 1,000');
    assert.equal(told({ state: 'at the end' }, { total: 90 }), '100 of 120');
    assert.equal(countsOf({ ...calls, share: undefined }, tally, { total: 90 }).total, undefined);
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
