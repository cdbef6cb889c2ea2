// The page as it is written: complete, closed to the network, and with all that users wrote as text.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { inflateRawSync } from 'node:zlib';

import { count, figure, share, time } from '../../src/report/client/words.js';
import type { History, TaskEnd } from '../../src/report/history.ts';
import { reportPage } from '../../src/report/page.ts';
import { historyOf } from '../support/histories.ts';
import { isWholeRun } from '../support/shares.ts';

const empty = historyOf({ tasks: 0 });
const end: TaskEnd = { seq: 1, input: 'a', ok: true, attempts: 1, worker: 1, startMs: 3, ms: 5, waitMs: 1 };

/** What is read of a page: no scripts, no styles, no tags. */
function wordsOf(page: string): string {
  return page
    .replaceAll(/<(script|style)\b[^>]*>.*?<\/\1>/gs, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');
}

function dataOf(page: string): string {
  return /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page)?.[1] ?? '';
}

it('says what ran, how it ended and how much failed', () => {
  const words = wordsOf(reportPage(historyOf({ tasks: 1_000 })));
  assert.match(words, /readProduct/);
  assert.match(words, /1,000 tasks in [\d.]+ s, \d+ failed\. It ran to the end\./);
  for (const heading of [
    'What ran when',
    'Throughput',
    'Run time',
    'Loop lag',
    'Memory',
    'Failures',
    'Slowest tasks',
  ]) {
    assert.ok(words.includes(heading), heading);
  }
  assert.match(words, /--concurrency 16/);
  assert.match(words, /TaskTimeoutError/);
});

it('whatever users wrote stays text', () => {
  const evil = `</script><img src=x onerror="document.title='owned'"><!-- & '`;
  const failed: TaskEnd = {
    ...end,
    input: evil,
    ok: false,
    error: { name: evil, message: evil, stack: evil },
  };
  const history: History = { ...empty, fn: evil, files: [evil], options: [[evil, evil]], ends: [failed] };
  const page = reportPage(history);
  assert.doesNotMatch(page, /<img/);
  assert.equal(page.match(/<\/script>/g)?.length, 2);
  assert.doesNotMatch(dataOf(page), /</);
  const { timeline } = JSON.parse(dataOf(page)) as { timeline: { kept: [unknown[]] } };
  assert.equal(timeline.kept[0][6], evil);
});

it('loads nothing: its policy allows what is in it, and it names no address', () => {
  const page = reportPage({ ...empty, ends: [end] });
  assert.match(page, /http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;;/);
  assert.doesNotMatch(page, /<(?:link|iframe|img|object|embed)\b|\bsrc=|@import|url\(/);
});

it('every kind of run is a page without gaps in its words', () => {
  const ends: Record<string, readonly TaskEnd[]> = {
    none: [],
    one: [end],
    'one that took no time': [{ ...end, startMs: 0, ms: 0, waitMs: 0 }],
    'given to no worker': [{ ...end, ok: false, worker: 0, attempts: 0, startMs: 0, ms: 0 }],
    'all failed': Array.from({ length: 20 }, (_, n) => ({ ...end, seq: n + 1, ok: false })),
  };
  for (const [name, each] of Object.entries(ends)) {
    for (const durationMs of [0, 8]) {
      const page = reportPage({ ...empty, durationMs, ends: each, ending: 'unknown' });
      assert.doesNotMatch(wordsOf(page), /NaN|Infinity|undefined|null|\[object/, name);
      assert.doesNotMatch(dataOf(page), /NaN|Infinity/, name);
    }
  }
  assert.match(wordsOf(reportPage(empty)), /No task ended/);
  assert.match(wordsOf(reportPage({ ...empty, ends: [end] })), /There are no samples/);
});

it('a million tasks are some megabytes', { skip: isWholeRun ? false : 'it takes long: npm run test:whole' }, () => {
  const { ends, ...rest } = historyOf({ tasks: 20_000, ms: 20 });
  const [spanMs, many] = [rest.durationMs, [] as TaskEnd[]];
  for (let round = 0; round < 50; round++) {
    for (const each of ends)
      many.push({ ...each, seq: each.seq + round * 20_000, startMs: each.startMs + round * spanMs });
  }
  const page = reportPage({ ...rest, ends: many, durationMs: spanMs * 50 });
  assert.ok(page.length < 6e6, `${page.length} characters`);
  assert.match(wordsOf(page), /1,000,000 tasks/);
});

it('a hundred thousand failures, all of which can be listed, are some megabytes', () => {
  const { ends, ...rest } = historyOf({ tasks: 20_000, ms: 20 });
  const many = isWholeRun ? 100_000 : 20_000;
  const failed = Array.from({ length: many }, (_, at): TaskEnd => {
    const { error: _error, ...one } = ends[at % ends.length] as TaskEnd;
    const message = `No price in <div> of '/products/${at * 7}' (${Math.imul(at, 2_654_435_761) >>> 0})`;
    return { ...one, seq: at + 1, input: `${one.input}&of=${at}`, ok: false, error: { name: 'ParseError', message } };
  });
  const page = reportPage({ ...rest, ends: failed });
  assert.ok(page.length < 6e6, `${page.length} characters`);
  const { failures } = JSON.parse(dataOf(page)) as { failures: string[] };
  const columns = JSON.parse(inflateRawSync(Buffer.from(failures[0] ?? '', 'base64')).toString()) as unknown[][];
  assert.deepEqual(
    columns.map((column) => column.length),
    Array.from({ length: 5 }, () => many),
  );
  assert.match(String(columns[1]?.at(-1)), new RegExp(`&of=${many - 1}$`));
});

it('kinds of failures that are too rare for a place of their own are in a list', () => {
  const kindOf = (at: number): string => `Kind${String.fromCharCode(97 + (at % 26), 97 + Math.floor(at / 26))}Error`;
  const ends = Array.from({ length: 40 }, (_, at): TaskEnd => {
    return { ...end, seq: at + 1, ok: false, error: { name: kindOf(at), message: 'no' } };
  });
  const page = reportPage({ ...empty, ends });
  assert.match(wordsOf(page), /in 40 ways.* 10 rarer kinds more, of 10 tasks\. All 10 tasks/);
  const { failures } = JSON.parse(dataOf(page)) as { failures: string[] };
  assert.equal(failures.length, 31);
  assert.match(inflateRawSync(Buffer.from(failures[30] ?? '', 'base64')).toString(), /\[31,32,.*Error: no/);
});

const spaced = (text: string): string => text.replaceAll('\u00a0', ' ');

it('numbers are said in two or three figures', () => {
  assert.deepEqual([0, 0.034, 3.21, 42.4, 99.6, 12_345].map(figure), ['0', '0.034', '3.2', '42', '100', '12,345']);
  assert.deepEqual([0, 0.5, 12.34, 999.7, 61_000, 59_960, 3_600_000, 3_725_000].map(time).map(spaced), [
    '0 ms',
    '0.5 ms',
    '12 ms',
    '1 s',
    '1 min 1 s',
    '1 min',
    '1 h',
    '1 h 2 min',
  ]);
  assert.deepEqual([share(0, 0), share(1, 3), share(1, 1_000_000), share(999, 1_000), share(5, 5)].map(spaced), [
    '0 %',
    '33 %',
    'under 0.1 %',
    '99.9 %',
    '100 %',
  ]);
  assert.equal(count(1_234_567), '1,234,567');
});
