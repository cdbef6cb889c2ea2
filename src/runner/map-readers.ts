// Who waits for the results of a map: calls of `next`, in order, or one reader that takes everything at once.
import { arrayPush, arrayShift, arraySplice } from '../task/arrays.ts';
import { NativePromise } from '../task/platform.ts';
import type { Refusable, Submitter } from './submitter.ts';

/** Fulfils a promise that `next` returned: with a result, or with a promise that is rejected. */
type Reader = (result: IteratorResult<unknown> | Promise<never>) => void;

/** Who reads everything at once: where it goes, and the promise that is fulfilled at the end. */
interface Sink {
  readonly all: unknown[];
  readonly resolve: (result: unknown[] | Promise<never>) => void;
}

export class MapReaders {
  sink: Sink | undefined;
  readonly #readers: Reader[] = [];
  readonly #map: Refusable;
  readonly #submitter: Submitter;

  constructor(submitter: Submitter, map: Refusable) {
    this.#submitter = submitter;
    this.#map = map;
  }

  /** How many calls of `next` wait. */
  get waiting(): number {
    return this.#readers.length;
  }

  /** A call of `next` waits. While somebody waits the map is told if the pool accepts no more tasks: nothing else may ever happen. */
  wait(): Promise<IteratorResult<unknown>> {
    if (this.#readers.length === 0) this.#submitter.refusables.add(this.#map);
    return new NativePromise((resolve) => arrayPush(this.#readers, resolve as Reader));
  }

  /** Everything is read at once. */
  waitForAll(sink: Sink): void {
    this.sink = sink;
    this.#submitter.refusables.add(this.#map);
  }

  /** Hands a result to the call that has waited longest. */
  hand(result: IteratorResult<unknown>): void {
    arrayShift(this.#readers)?.(result);
    if (this.#readers.length === 0) this.#submitter.refusables.delete(this.#map);
  }

  /** Takes out who is told that the map has failed; undefined where nobody waits. */
  takeFirst(): ((rejection: Promise<never>) => void) | undefined {
    return this.sink?.resolve ?? arrayShift(this.#readers);
  }

  /** The map is over. */
  end(): void {
    this.#submitter.refusables.delete(this.#map);
    this.sink?.resolve(this.sink.all);
    for (const reader of arraySplice(this.#readers, 0)) reader({ done: true, value: undefined });
  }
}
