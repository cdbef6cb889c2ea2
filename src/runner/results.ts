// What `map` returns, as its callers see it.

/** Why a map failed. */
export interface MapFailure {
  /** The place of the input in the source, counted from 0; undefined where the source itself threw, or the signal was aborted. */
  readonly index: number | undefined;
  readonly input: unknown;
  /** What was thrown. */
  readonly reason: unknown;
  /** Siblings that failed too before all had ended. */
  readonly others: readonly { readonly index: number; readonly input: unknown; readonly reason: unknown }[];
}

/** A failure that is not one of an item. */
export function failureOf(reason: unknown): MapFailure {
  return { index: undefined, input: undefined, reason, others: [] };
}

/** What `map` returns: an async iterable, to be read once. Nothing happens before it is read. */
export interface Results<T> extends AsyncIterable<T> {
  /** Reads everything into an array. */
  toArray(): Promise<T[]>;
  /** Which input made the map fail; undefined while none has. */
  readonly failure: MapFailure | undefined;
}

/** One entry of a map with `settled: true`. */
export type Settled<T, Input = unknown> =
  | { readonly status: 'fulfilled'; readonly index: number; readonly value: T }
  | { readonly status: 'rejected'; readonly index: number; readonly input: Input; readonly reason: unknown };
