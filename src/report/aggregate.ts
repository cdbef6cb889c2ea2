// The timeline of a run, however many tasks it had, in a bounded number of blocks: rows of them for each worker. Tasks of a
// row that lie closer together than can be told apart become one block, which knows how many they were and how many failed.
// What somebody will want to look at, failures and the slowest tasks, is kept apart.
import type { TaskEnd } from './history.ts';
import { slotsOf, type Slots } from './slots.ts';

export interface Timeline {
  readonly bands: readonly Band[];
  /** How many slots a row stands for: more than one where there are more slots than a screen has room for. */
  readonly slotsPerRow: number;
  /** By rows: those of the first band first. In the order in which they begin. */
  readonly rows: readonly (readonly Block[])[];
  /** Tasks closer together than this may have become one; 0 where none had to. */
  readonly resolutionMs: number;
  /** The tasks that are kept with all that is known of them, in the order in which they ended. */
  readonly kept: readonly TaskEnd[];
}

/** The rows of a worker; where there were very many workers, of several that followed one another. */
export interface Band {
  readonly rows: number;
  readonly workers: readonly { readonly id: number; readonly fromMs: number }[];
}

export interface Block {
  readonly startMs: number;
  readonly endMs: number;
  readonly count: number;
  readonly failed: number;
  /** Of the first task. */
  readonly seq: number;
  readonly isKept: boolean;
}

export interface Bounds {
  readonly blocks: number;
  readonly rows: number;
  readonly bands: number;
  /** Where there are no more tasks than this, all are kept. */
  readonly all: number;
  readonly failures: number;
  readonly slowest: number;
}

const usual: Bounds = { blocks: 400_000, rows: 300, bands: 32, all: 5_000, failures: 2_000, slowest: 1_000 };

export function timelineOf(ends: readonly TaskEnd[], spanMs: number, bounds: Bounds = usual): Timeline {
  const slots = slotsOf(ends);
  const groups = bandsOf(ends, slots, bounds.bands);
  const isKept = keptOf(ends, bounds);
  const slotsPerRow = foldOf(groups, slots, bounds.rows);
  const rowsOf = (group: readonly number[]): number => Math.ceil(widest(group, slots) / slotsPerRow);
  let rows = groups.flatMap((group) => {
    const ofBand: Block[][] = Array.from({ length: rowsOf(group) }, () => []);
    for (const place of group.flatMap((worker) => slots.begun.get(worker) ?? [])) {
      const row = Math.floor((slots.slotOf[place] as number) / slotsPerRow);
      ofBand[row]?.push(blockOf(ends[place] as TaskEnd, isKept[place] === 1));
    }
    return ofBand;
  });
  if (slotsPerRow > 1) rows = rows.map((row) => row.sort((a, b) => a.startMs - b.startMs));
  let resolutionMs = 0;
  const finest = spanMs / 2 ** 17;
  while (resolutionMs < spanMs && rows.reduce((sum, row) => sum + row.length, 0) > bounds.blocks) {
    resolutionMs = resolutionMs === 0 ? finest : resolutionMs * 2;
    rows = rows.map((row) => merged(row, resolutionMs));
  }
  return {
    bands: groups.map((group) => ({ rows: rowsOf(group), workers: group.map((id) => ({ id, fromMs: begin(id) })) })),
    slotsPerRow,
    rows,
    resolutionMs,
    kept: ends.filter((_, place) => isKept[place] === 1),
  };

  function begin(worker: number): number {
    return ends[slots.begun.get(worker)?.[0] ?? 0]?.startMs ?? 0;
  }
}

function blockOf({ startMs, ms, ok, seq }: TaskEnd, isKept: boolean): Block {
  return { startMs, endMs: startMs + ms, count: 1, failed: ok ? 0 : 1, seq, isKept };
}

/** No block grows longer than the resolution by this, so what is longer stays as it is. */
function merged(row: readonly Block[], resolutionMs: number): Block[] {
  const blocks: Block[] = [];
  for (const next of row) {
    const last = blocks.at(-1);
    const endMs = Math.max(last?.endMs ?? 0, next.endMs);
    if (last === undefined || last.isKept || next.isKept || endMs - last.startMs > resolutionMs) blocks.push(next);
    else
      blocks[blocks.length - 1] = { ...last, endMs, count: last.count + next.count, failed: last.failed + next.failed };
  }
  return blocks;
}

/** Workers that have a band together: each alone while there are few, else those whose times do not overlap. */
function bandsOf(ends: readonly TaskEnd[], { counts, begun }: Slots, most: number): number[][] {
  const workers = [...counts.keys()];
  if (workers.length <= most) return workers.map((id) => [id]);
  const lives = workers.map((id) => {
    const tasks = (begun.get(id) ?? []).map((place) => ends[place] as TaskEnd);
    const fromMs = tasks[0]?.startMs ?? 0;
    return { id, fromMs, toMs: tasks.reduce((to, { startMs, ms }) => Math.max(to, startMs + ms), fromMs) };
  });
  const bands: { readonly ids: number[]; toMs: number }[] = [];
  for (const { id, fromMs, toMs } of lives.sort((a, b) => a.fromMs - b.fromMs)) {
    const band = bands.find((other) => other.toMs <= fromMs);
    if (band === undefined) bands.push({ ids: [id], toMs });
    else {
      band.ids.push(id);
      band.toMs = toMs;
    }
  }
  return bands.map(({ ids }) => ids);
}

function widest(group: readonly number[], { counts }: Slots): number {
  return group.reduce((most, worker) => Math.max(most, counts.get(worker) ?? 0), 0);
}

function foldOf(groups: readonly (readonly number[])[], slots: Slots, most: number): number {
  const widths = groups.map((group) => widest(group, slots));
  const atMost = Math.max(1, ...widths);
  const rows = (fold: number): number => widths.reduce((sum, width) => sum + Math.ceil(width / fold), 0);
  let fold = 1;
  while (fold < atMost && rows(fold) > most) fold++;
  return fold;
}

function keptOf(ends: readonly TaskEnd[], bounds: Bounds): Uint8Array {
  const isKept = new Uint8Array(ends.length);
  if (ends.length <= bounds.all) return isKept.fill(1);
  const times = Float64Array.from(ends, ({ ms }) => ms).sort();
  const slow = times[times.length - bounds.slowest] ?? 0;
  let failures = 0;
  let slowest = 0;
  for (const [place, { ok, ms }] of ends.entries()) {
    if (!ok && failures < bounds.failures) {
      failures++;
      isKept[place] = 1;
    } else if (ms >= slow && slowest < bounds.slowest) {
      slowest++;
      isKept[place] = 1;
    }
  }
  return isKept;
}
