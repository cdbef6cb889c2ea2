// The trace, held against what the Trace Event Format asks of each kind of event.
import assert from 'node:assert/strict';
import { it } from 'node:test';

import type { History } from '../../src/report/history.ts';
import { chromeTrace } from '../../src/report/trace.ts';
import { historyOf } from '../support/histories.ts';

interface Event {
  readonly ph: string;
  readonly name: string;
  readonly pid: number;
  readonly tid?: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly s?: string;
  readonly cname?: string;
  readonly args?: Readonly<Record<string, unknown>>;
}

function traceOf(history: History): { readonly traceEvents: readonly Event[]; readonly displayTimeUnit: string } {
  return JSON.parse([...chromeTrace(history)].join('')) as ReturnType<typeof traceOf>;
}

const isTime = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;
const isId = isTime;

/** What is wrong with an event, by the format's description of its phase. */
function faultOf(event: Event): string | undefined {
  const { ph, name, pid, tid, ts, dur, s, args } = event;
  if (typeof name !== 'string' || name === '') return 'it has no name';
  if (!isId(pid)) return 'its process is no number';
  if (ph !== 'C' && !isId(tid)) return 'its thread is no number';
  if (ph !== 'M' && !isTime(ts)) return 'its time is none';
  switch (ph) {
    case 'X':
      return isTime(dur) ? undefined : 'it has no duration';
    case 'C': {
      const values = Object.values(args ?? {});
      return values.length > 0 && values.every(Number.isFinite) ? undefined : 'its values are not numbers';
    }
    case 'i':
      return ['g', 'p', 't'].includes(s ?? '') ? undefined : 'its scope is unknown';
    case 'M':
      if (/^(?:process|thread)_name$/.test(name))
        return typeof args?.['name'] === 'string' ? undefined : 'it names nothing';
      if (/^(?:process|thread)_sort_index$/.test(name))
        return Number.isInteger(args?.['sort_index']) ? undefined : 'it sorts nothing';
      return 'its kind of metadata is unknown';
    default:
      return `its phase ${ph} is none of ours`;
  }
}

/** On one thread a span lies within another or beside it; ours lie beside one another. */
function overlapping(events: readonly Event[]): Event[] {
  const until = new Map<string, number>();
  return events
    .filter(({ ph }) => ph === 'X')
    .toSorted((a, b) => (a.ts ?? 0) - (b.ts ?? 0) || (a.dur ?? 0) - (b.dur ?? 0))
    .filter(({ pid, tid, ts = 0, dur = 0 }) => {
      const thread = `${pid} ${tid}`;
      const before = until.get(thread) ?? 0;
      until.set(thread, Math.max(before, ts + dur));
      return before > ts;
    });
}

const history = historyOf({ tasks: 3_000, ms: 400 });

it('every event has what its phase asks for', () => {
  const { traceEvents, displayTimeUnit } = traceOf(history);
  assert.equal(displayTimeUnit, 'ms');
  assert.deepEqual(
    traceEvents.filter((event) => faultOf(event) !== undefined).map((event) => [faultOf(event), event]),
    [],
  );
});

it('each task is a span on a thread of its worker, and spans of a thread do not overlap', () => {
  const { traceEvents } = traceOf(history);
  const spans = traceEvents.filter(({ ph }) => ph === 'X');
  assert.equal(spans.length, 3_000);
  assert.deepEqual(overlapping(traceEvents), []);
  const first = history.ends[0];
  const { pid, ts, dur, args } = spans[0] ?? {};
  assert.deepEqual(
    [pid, ts, args?.['seq'], args?.['input']],
    [first?.worker, Math.round((first?.startMs ?? 0) * 1_000), first?.seq, first?.input],
  );
  assert.ok(Math.abs((dur ?? 0) - (first?.ms ?? 0) * 1_000) <= 1);
});

it('failures have a colour of their own and say what went wrong', () => {
  const { traceEvents } = traceOf(history);
  const failures = traceEvents.filter(({ cname }) => cname !== undefined);
  assert.equal(failures.length, history.ends.filter(({ ok }) => !ok).length);
  assert.ok(failures.every(({ cname, args }) => cname === 'terrible' && /^\w+: /.test(String(args?.['error']))));
});

it('workers and slots are named, and samples are counters', () => {
  const { traceEvents } = traceOf(history);
  const named = (kind: string, pid: number) =>
    traceEvents
      .filter(({ ph, name, pid: of }) => ph === 'M' && name === kind && of === pid)
      .map(({ args }) => args?.['name']);
  assert.deepEqual(named('process_name', 2), ['worker 2']);
  assert.equal(named('thread_name', 2).length, 16);
  const counters = new Set(traceEvents.filter(({ ph }) => ph === 'C').map(({ name }) => name));
  assert.deepEqual(counters, new Set(['queued', 'in flight', 'loop lag', 'memory', 'busy']));
  assert.equal(traceEvents.filter(({ name }) => name === 'resumed').length, history.resumedAtMs.length);
});

it('a run without tasks, and a task without a worker, are traces too', () => {
  const none = traceOf(historyOf({ tasks: 0 }));
  assert.deepEqual(
    none.traceEvents.filter(({ ph }) => ph === 'X'),
    [],
  );
  const ends = [{ seq: 1, input: 'a "b"\n', ok: false, attempts: 0, worker: 0, startMs: 4, ms: 0, waitMs: 0 }];
  const { traceEvents } = traceOf({ ...historyOf({ tasks: 0 }), ends });
  assert.deepEqual(
    traceEvents.filter((event) => faultOf(event) !== undefined),
    [],
  );
  assert.equal(traceEvents.find(({ ph }) => ph === 'X')?.args?.['input'], 'a "b"\n');
});

it('it comes in parts', () => {
  const parts = [...chromeTrace(history)];
  assert.ok(parts.length > 3);
  assert.ok(parts.every((part) => part.length < 80_000));
});
