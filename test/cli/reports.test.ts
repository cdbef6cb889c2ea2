// The files about a run: when they are written, and what is in them.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { HistoryBuilder } from '../../src/cli/joblog/history.ts';
import { pageData } from '../../src/report/embed.ts';
import { failuresOf } from '../../src/report/failure-lists.ts';
import { reportPage } from '../../src/report/page.ts';
import { functions, numbers, polyloop } from '../support/command.ts';
import { newFolder } from '../support/files.ts';
import { watch } from '../support/pools.ts';

watch();

const textOf = (page: string): string =>
  page
    .replace(/<script[\s\S]*?<\/script>|<style[\s\S]*?<\/style>/g, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');

describe('--report and --trace', () => {
  for (const flags of [[], ['--joblog', 'run.log', '--resume']]) {
    it(`are written at the end, ${flags.length > 0 ? 'from the log, so with earlier runs' : 'without a log'}`, async () => {
      const folder = newFolder();
      const args = ['map', `${functions}#failIfOdd`, '--report', 'run.html', '--trace', 'run.json', ...flags];
      if (flags.length > 0) await polyloop(args, numbers(4), folder);
      const { code, stderr } = await polyloop(args, numbers(7), folder);
      assert.equal(code, 4);
      assert.match(stderr, /^ {2}report +run\.html\n {2}trace +run\.json$/m);
      const page = textOf(readFileSync(join(folder, 'run.html'), 'utf8'));
      assert.match(page, /#failIfOdd/);
      assert.match(page, /7 tasks in .*, 4 failed/);
      assert.match(page, /RangeError/);
      assert.equal(/resumed once/.test(page), flags.length > 0);
      const { traceEvents } = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as {
        traceEvents: { readonly ph: string; readonly args?: { readonly seq?: number } }[];
      };
      assert.deepEqual(
        traceEvents
          .filter(({ ph }) => ph === 'X')
          .map(({ args: told }) => told?.seq)
          .toSorted(),
        [1, 2, 3, 4, 5, 6, 7],
      );
    });
  }

  it('are written also where the run ends early', async () => {
    const folder = newFolder();
    const args = ['map', `${functions}#typeOf`, '--input', 'jsonl', '--report', 'run.html'];
    const { code, stderr } = await polyloop(args, '1\n2\nbad\n', folder);
    assert.equal(code, 255);
    assert.match(stderr, /^polyloop: stdin:3 is not JSON/m);
    assert.match(textOf(readFileSync(join(folder, 'run.html'), 'utf8')), /2 tasks/);
  });
});

describe('polyloop report', () => {
  it('makes the page from a log, named like it or as is said', async () => {
    const folder = newFolder();
    await polyloop(['map', `${functions}#failIfOdd`, '--joblog', 'run.log'], numbers(5), folder);
    const { code, stderr } = await polyloop(['report', 'run.log'], '', folder);
    assert.deepEqual([code, stderr], [0, 'run.html\n']);
    assert.match(textOf(readFileSync(join(folder, 'run.html'), 'utf8')), /5 tasks in .*, 3 failed/);
    const named = await polyloop(['report', 'run.log', '-o', 'page.html', '--trace', 'run.json'], '', folder);
    assert.equal(named.stderr, 'page.html\nrun.json\n');
  });

  it('says what is wrong with a log', async () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'notes'), 'milk\n');
    writeFileSync(join(folder, 'empty'), '');
    for (const [file, says] of [
      ['none', /^polyloop: Cannot read none: ENOENT/],
      ['notes', /^polyloop: notes is no job log/],
      ['empty', /^polyloop: empty tells of no run\.\n$/],
    ] as const) {
      const { code, stderr } = await polyloop(['report', file], '', folder);
      assert.match(stderr, says);
      assert.equal(code, 255);
    }
  });
});

describe('the history of a log', () => {
  const header = (type: 'run' | 'resume', at: number): Parameters<HistoryBuilder['add']>[0] => ({
    ...{ type, at, format: 1, version: '0', pid: 1, function: 'f', module: '', inputs: [{ file: 'in.txt' }] },
    ...{ options: { workers: 2 }, on: 'Node' },
  });
  const end = (seq: number, at: number, ok = true): Parameters<HistoryBuilder['add']>[0] => ({
    ...{ seq, at, ok, hash: '', ms: 10, attempts: 1, worker: 1, wait: 0, input: `${seq}` },
    ...(!ok && { error: { name: 'Error', message: 'no' } }),
  });

  it('leaves out the time between two runs, and tells where one went on', () => {
    const builder = new HistoryBuilder();
    for (const entry of [header('run', 1_000), end(1, 5), header('resume', 9_000_000), end(2, 20)]) builder.add(entry);
    const history = builder.build();
    assert.deepEqual(
      history?.ends.map(({ seq, startMs }) => [seq, startMs]),
      [
        [1, 5],
        [2, 35],
      ],
    );
    assert.deepEqual([history?.resumedAtMs, history?.durationMs, history?.ending], [[15], 45, 'unknown']);
  });

  it('knows no time of what its worker died of, and the page shows none', () => {
    const builder = new HistoryBuilder();
    const { ms: _, wait: __, ...crashed } = end(2, 20, false) as { ms: number; wait: number };
    for (const entry of [header('run', 0), end(1, 5), crashed as unknown as ReturnType<typeof end>]) builder.add(entry);
    const history = builder.build();
    assert.ok(history !== undefined);
    assert.deepEqual(
      history.ends.map(({ ms, isUntimed }) => [ms, isUntimed]),
      [
        [10, undefined],
        [0, true],
      ],
    );
    const page = textOf(reportPage(history));
    assert.match(page, /Task Input Ran for Attempts 2 2 — 1/);
    assert.match(page, /ran longest\. Task .* Ended 1 1 10.ms 0.ms 5.ms 1 1 done (?!2)/);
    assert.deepEqual(
      pageData(history, failuresOf(history.ends)).timeline.kept.map(([seq, , ms, waitMs]) => [seq, ms, waitMs]),
      [
        [1, 10, 0],
        [2, null, null],
      ],
    );
  });

  it('has the last end of what ran again, and only the last of several runs', () => {
    const builder = new HistoryBuilder();
    for (const entry of [
      header('run', 0),
      end(9, 0),
      header('run', 50),
      end(1, 0, false),
      header('resume', 90),
      end(1, 5),
    ])
      builder.add(entry);
    builder.add({ type: 'end', at: 30, ending: 'done' });
    const history = builder.build();
    assert.deepEqual(
      history?.ends.map(({ seq, ok }) => [seq, ok]),
      [[1, true]],
    );
    assert.equal(history?.ending, 'done');
  });
});
