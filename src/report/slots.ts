// Which tasks ran side by side: each is given a slot of its worker that was free when it began, the lowest there was. So a
// worker has as many slots as it ever had tasks in flight, and the lower ones show when it had fewer.
import type { TaskEnd } from './history.ts';

export interface Slots {
  /** By the place in `ends`; each worker counts its own from 0. */
  readonly slotOf: Uint32Array;
  /** How many slots each worker needed, by its id, in the order of ids. */
  readonly counts: ReadonlyMap<number, number>;
  /** The places in `ends` of each worker's tasks, in the order in which they began. */
  readonly begun: ReadonlyMap<number, readonly number[]>;
}

export function slotsOf(ends: readonly TaskEnd[]): Slots {
  // In microseconds: what began in the moment in which another ended must not seem to overlap it for a rounded sum.
  const starts = Float64Array.from(ends, ({ startMs }) => Math.round(startMs * 1_000));
  const stops = Float64Array.from(ends, ({ startMs, ms }) => Math.round((startMs + ms) * 1_000));
  const slotOf = new Uint32Array(ends.length);
  const counts = new Map<number, number>();
  const begun = new Map<number, number[]>();
  const places = Map.groupBy(ends.keys(), (place) => ends[place]?.worker ?? 0);
  for (const worker of [...places.keys()].toSorted((a, b) => a - b)) {
    const byStart = (places.get(worker) ?? []).sort(inOrderOf(starts, stops));
    counts.set(worker, pack(byStart, byStart.toSorted(inOrderOf(stops, starts)), { starts, stops, slotOf }));
    begun.set(worker, byStart);
  }
  return { slotOf, counts, begun };
}

/** Where the first times are equal the second decide, so that what takes no time ends after what ended as it began. */
function inOrderOf(first: Float64Array, second: Float64Array): (a: number, b: number) => number {
  return (a, b) =>
    (first[a] as number) - (first[b] as number) || (second[a] as number) - (second[b] as number) || a - b;
}

interface Times {
  readonly starts: Float64Array;
  readonly stops: Float64Array;
  readonly slotOf: Uint32Array;
}

/** Returns how many slots there are. Both lists are walked once: what has ended gives its slot back before the next begins. */
function pack(byStart: readonly number[], byStop: readonly number[], { starts, stops, slotOf }: Times): number {
  const isTaken: boolean[] = [];
  const hasBegun = new Set<number>();
  let lowestFree = 0;
  let ended = 0;
  for (const place of byStart) {
    for (; ended < byStop.length; ended++) {
      const stopped = byStop[ended] as number;
      if ((stops[stopped] as number) > (starts[place] as number) || !hasBegun.delete(stopped)) break;
      const slot = slotOf[stopped] as number;
      isTaken[slot] = false;
      lowestFree = Math.min(lowestFree, slot);
    }
    while (isTaken[lowestFree] === true) lowestFree++;
    slotOf[place] = lowestFree;
    isTaken[lowestFree] = true;
    hasBegun.add(place);
  }
  return isTaken.length;
}
