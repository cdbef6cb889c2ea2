// The time of day is set in the middle of a run, or a laptop wakes: what took four seconds has taken four seconds.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';

import { command, functions, jsonLines, linesOf } from '../support/command.ts';
import { newFolder } from '../support/files.ts';
import { watch } from '../support/pools.ts';
import { run } from '../support/programs.ts';

watch();

const dayMs = 86_400_000;
const longestMs = 30_000;

/** The time of day leaps by so much: for the command when it writes its first record, for a worker before it starts. */
function leap(ms: number): string {
  return `
    const { now } = Date;
    let leapMs = 0;
    Date.now = () => now() + leapMs;
    if (process.argv[1]?.endsWith('cli/main.ts')) {
      const { write } = process.stdout;
      process.stdout.write = (...args) => {
        leapMs = ${ms};
        return write.apply(process.stdout, args);
      };
    } else {
      leapMs = ${ms};
      const { timeOrigin } = performance;
      Object.defineProperty(performance, 'timeOrigin', { value: timeOrigin + ${ms} });
    }`;
}

interface Entry {
  readonly type?: string;
  readonly at: number;
  readonly ms?: number;
  readonly wait?: number;
}

describe('a run in which the time of day leaps', () => {
  for (const [how, ms] of [
    ['a day ahead', dayMs],
    ['a day back', -dayMs],
  ] as const) {
    it(`has taken as long as it has, ${how}: in the log, the summary, records and the trace`, async () => {
      const folder = newFolder();
      const hook = join(folder, 'hook.mjs');
      writeFileSync(hook, leap(ms));
      const args = ['map', `${functions}#sleepDeaf`, '-j', '1', '-c', '2', '--joblog', 'run.log', '--trace', 't.json'];
      const before = Date.now();
      const { stdout, stderr } = await run([command, ...args], {
        cwd: folder,
        input: '400\n'.repeat(5),
        env: { NODE_OPTIONS: `--import ${pathToFileURL(hook).href}` },
      });
      assert.match(stderr, /^5 inputs in \d{1,2}\.\d s /m);
      assert.ok(linesOf(stdout).every((line) => line.ms >= 390 && line.ms < longestMs));

      const [header, ...entries] = jsonLines(readFileSync(join(folder, 'run.log'), 'utf8')) as Entry[];
      assert.ok(Math.abs((header?.at ?? 0) - before) < longestMs, 'it says when it began by the time of day');
      assert.equal(entries.filter(({ wait }) => wait !== undefined).length, 5);
      assert.ok(entries.some(({ type }) => type === 'sample'));
      for (const { at, wait = 0 } of entries)
        assert.ok(at > 0 && at < longestMs && wait >= 0 && wait < longestMs, JSON.stringify(entries));
      const last = entries.at(-1);
      assert.equal(last?.type, 'end');
      for (const { at, ms: tookMs = 0 } of entries) assert.ok(at + tookMs <= last.at + 1, JSON.stringify(entries));

      const trace = JSON.parse(readFileSync(join(folder, 't.json'), 'utf8')) as { traceEvents: { ts?: number }[] };
      for (const { ts = 0 } of trace.traceEvents) assert.ok(ts >= 0 && ts < longestMs * 1_000);
    });
  }
});
