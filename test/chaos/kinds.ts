// All kinds of work, and how one is chosen.
import { deadlyKinds } from './kinds/deadly.ts';
import { endedKinds } from './kinds/ended.ts';
import { mapKinds } from './kinds/maps.ts';
import { plainKinds } from './kinds/plain.ts';
import { retriedKinds } from './kinds/retried.ts';
import type { FarKind, Kind } from './work.ts';

const all: readonly Kind[] = [...plainKinds, ...endedKinds, ...retriedKinds, ...mapKinds, ...deadlyKinds];

/** Kinds of work that leave their worker alive, or those that do not. */
export function kindsFor(over: FarKind, isDeadly: boolean): Kind[] {
  return all.filter((kind) => (kind.isDeadly === true) === isDeadly && (kind.over ?? over) === over);
}

/** One of them, by their weights. */
export function choose(kinds: readonly Kind[], chance: () => number): Kind {
  let at = chance() * kinds.reduce((sum, { weight }) => sum + weight, 0);
  for (const kind of kinds) {
    at -= kind.weight;
    if (at < 0) return kind;
  }
  throw new RangeError('there is no kind to choose from');
}
