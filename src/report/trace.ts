// A run in the Trace Event Format, which Perfetto and chrome://tracing show: a process for each worker, a thread for each of
// its slots, a span for each task; and what samples told of the workers as counters.
import type { History, Sample, TaskEnd } from './history.ts';
import { shortened } from './shortened.ts';
import { slotsOf } from './slots.ts';
import { visibleJson } from './visible.ts';

/** An entry of `traceEvents`: `ph` says of what kind. Times are microseconds. */
type TraceEvent =
  | { readonly ph: 'M'; readonly name: string; readonly pid: number; readonly tid: number; readonly args: Args }
  | {
      readonly ph: 'X';
      readonly name: string;
      readonly cat: string;
      readonly pid: number;
      readonly tid: number;
      readonly ts: number;
      readonly dur: number;
      readonly cname?: string;
      readonly args: Args;
    }
  | { readonly ph: 'C'; readonly name: string; readonly pid: number; readonly ts: number; readonly args: Args }
  | {
      readonly ph: 'i';
      readonly name: string;
      readonly s: 'g';
      readonly pid: number;
      readonly tid: number;
      readonly ts: number;
      readonly args: Args;
    };

type Args = Readonly<Record<string, string | number>>;

const longestInput = 1_000;
const chunkLength = 64 * 1_024;

/** JSON in parts, so that the trace of a million tasks is never one text. It ends with a line break. */
export function* chromeTrace(history: History): Generator<string> {
  const { fn, startedAt, ending } = history;
  const told = { function: fn, started: new Date(startedAt).toISOString(), ending };
  let chunk = `{"displayTimeUnit":"ms","otherData":${visibleJson(JSON.stringify(told))},"traceEvents":[`;
  let separator = '\n';
  for (const event of eventsOf(history)) {
    chunk += separator + visibleJson(JSON.stringify(event));
    separator = ',\n';
    if (chunk.length < chunkLength) continue;
    yield chunk;
    chunk = '';
  }
  yield `${chunk}\n]}\n`;
}

/** How long a task waited is an argument of its span: waiting tasks, of which there may be thousands, would fill the view. */
function* eventsOf(history: History): Generator<TraceEvent> {
  const { ends, samples, resumedAtMs, fn } = history;
  const { slotOf, counts } = slotsOf(ends);
  const sampled = samples.flatMap(({ workers }) => workers.map(({ id }) => id));
  const workers = new Set([0, ...counts.keys(), ...sampled]);
  for (const worker of [...workers].toSorted((a, b) => a - b)) yield* names(worker, counts.get(worker) ?? 0);
  for (const atMs of resumedAtMs) {
    yield { ph: 'i', name: 'resumed', s: 'g', pid: 0, tid: 0, ts: microseconds(atMs), args: {} };
  }
  const name = fn.split('#').at(-1) ?? fn;
  for (const [place, end] of ends.entries()) yield span(name, end, slotOf[place] ?? 0);
  for (const sample of samples) yield* counters(sample);
}

/** Process 0 is the command: what was given to no worker, and what waits. */
function* names(worker: number, slots: number): Generator<TraceEvent> {
  const pid = worker;
  yield { ph: 'M', name: 'process_name', pid, tid: 0, args: { name: pid === 0 ? 'polyloop' : `worker ${worker}` } };
  yield { ph: 'M', name: 'process_sort_index', pid, tid: 0, args: { sort_index: worker } };
  for (let tid = 0; tid < slots; tid++) {
    yield { ph: 'M', name: 'thread_name', pid, tid, args: { name: pid === 0 ? 'no worker' : `slot ${tid + 1}` } };
    yield { ph: 'M', name: 'thread_sort_index', pid, tid, args: { sort_index: tid } };
  }
}

function span(name: string, end: TaskEnd, slot: number): TraceEvent {
  const ts = microseconds(end.startMs);
  const { seq, attempts, waitMs, isUntimed, error } = end;
  return {
    ph: 'X',
    name,
    cat: end.ok ? 'done' : 'failed',
    pid: end.worker,
    tid: slot,
    ts,
    // From rounded end to rounded start: so what did not overlap does not by rounding.
    dur: microseconds(end.startMs + end.ms) - ts,
    ...(end.ok ? {} : { cname: 'terrible' }),
    args: {
      seq,
      input: shortened(end.input, longestInput),
      attempts,
      ...(isUntimed !== true && { waitMs }),
      ...(error === undefined ? {} : { error: `${error.name}: ${error.message}` }),
    },
  };
}

function* counters({ atMs, queued, workers }: Sample): Generator<TraceEvent> {
  const ts = microseconds(atMs);
  yield { ph: 'C', name: 'queued', pid: 0, ts, args: { tasks: queued } };
  for (const { id, inFlight, lagMs, rssBytes, utilization } of workers) {
    yield { ph: 'C', name: 'in flight', pid: id, ts, args: { tasks: inFlight } };
    yield { ph: 'C', name: 'loop lag', pid: id, ts, args: { ms: lagMs } };
    yield { ph: 'C', name: 'memory', pid: id, ts, args: { MB: Math.round(rssBytes / 1e5) / 10 } };
    yield { ph: 'C', name: 'busy', pid: id, ts, args: { percent: Math.round(utilization * 100) } };
  }
}

function microseconds(ms: number): number {
  return Math.round(ms * 1_000);
}
