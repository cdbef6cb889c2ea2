// All failures of a kind, for whoever wants to look through them: compressed, for there may be a hundred thousand, and most of them say nearly the same.
import { deflateRawSync } from 'node:zlib';

import { failureKinds, type FailureKind } from './failures.ts';
import type { TaskEnd } from './history.ts';
import { shortenedLine } from './shortened.ts';
import { visibleLine } from './visible.ts';

/** What went wrong, as a page tells it. */
export interface Failures {
  /** Those that have a place of their own. */
  readonly kinds: readonly FailureKind[];
  readonly rarerKinds: number;
  /** The failures of these. */
  readonly rarer: readonly TaskEnd[];
}

const mostKinds = 30;

export function failuresOf(ends: readonly TaskEnd[]): Failures {
  const kinds = failureKinds(ends);
  const rarer = kinds.slice(mostKinds);
  return { kinds: kinds.slice(0, mostKinds), rarerKinds: rarer.length, rarer: rarer.flatMap(({ tasks }) => tasks) };
}

/** Of each of so many failures so much of a text is told. */
const lengths: readonly (readonly [upTo: number, length: number])[] = [
  [100_000, 160],
  [Infinity, 60],
];

/** For each kind, and last for those that are rarer: columns of numbers, inputs, messages, times (null where not known) and attempts, as JSON, deflated, in base64. */
export function packedFailures({ kinds, rarer }: Failures): string[] {
  const all = kinds.reduce((sum, { tasks }) => sum + tasks.length, rarer.length);
  const length = lengths.find(([upTo]) => all <= upTo)?.[1] ?? 0;
  return [...kinds.map(({ tasks }) => tasks), rarer].map((tasks) => packed(tasks, length));
}

function packed(tasks: readonly TaskEnd[], length: number): string {
  const columns = [
    tasks.map(({ seq }) => seq),
    tasks.map(({ input }) => visibleLine(shortenedLine(input, length))),
    tasks.map(({ error }) =>
      visibleLine(shortenedLine(error === undefined ? '' : `${error.name}: ${error.message}`, length)),
    ),
    tasks.map(({ ms, isUntimed }) => (isUntimed === true ? null : ms)),
    tasks.map(({ attempts }) => attempts),
  ];
  return deflateRawSync(JSON.stringify(columns)).toString('base64');
}
