// Consecutive items of a map, pulled in the same turn, that are under way together: an object for each item would cost more
// than most tasks. Each item is a task of its own all the same, with its own outcome.
import { arrayPop, arrayPush, arraySlice } from '../task/arrays.ts';
import { isError, nameOf } from '../task/foreign.ts';
import type { Outcome } from '../task/outcome.ts';
import { Submission, type TaskOptions } from '../task/submission.ts';
import type { FunctionReference } from '../task/task-function.ts';

/** What one map does with its items. */
export interface MapPlan {
  readonly fn: FunctionReference;
  readonly taskOptions: TaskOptions;
  readonly ordered: boolean;
  readonly settled: boolean;
  /** Undefined where it follows what the pool can take. */
  readonly window: number | undefined;
}

/** An item whose task has failed. */
export interface FailedItem {
  readonly index: number;
  readonly input: unknown;
  readonly reason: unknown;
}

/** The map whose items these are. */
export interface BlockOwner {
  /** Tasks of a block have fulfilled. */
  fulfilled(block: MapBlock, at: number, values: readonly unknown[], from: number, to: number): void;
  /** A task of a block has ended, in whatever way. */
  ended(block: MapBlock, at: number, outcome: Outcome): void;
  /** A task of a block that was told to end has failed for a reason of its own. */
  failedUnheard(block: MapBlock, at: number, reason: unknown): void;
  /** Nothing more is accepted of it, for that reason. */
  refused(reason: unknown): void;
  /** Nothing is left of a block. */
  blockOver(block: MapBlock): void;
  /** A block of the inputs from `offset` on. */
  addBlock(firstIndex: number, inputs: readonly unknown[], offset: number): MapBlock;
}

export class MapBlock extends Submission {
  readonly firstIndex: number;
  readonly #map: BlockOwner;
  readonly #inputs: readonly unknown[];
  /** Where the first of its inputs stands. */
  readonly #offset: number;
  /** Its place among the blocks that have not ended. */
  activePlace = -1;

  constructor(
    map: BlockOwner,
    { fn, taskOptions }: MapPlan,
    firstIndex: number,
    inputs: readonly unknown[],
    offset = 0,
  ) {
    super(fn, taskOptions, 1, inputs.length - offset);
    this.#map = map;
    this.firstIndex = firstIndex;
    this.#inputs = inputs;
    this.#offset = offset;
  }

  override get waitsForRoom(): boolean {
    return true;
  }

  /** A task of it that failed, as the map tells of it. */
  failed(at: number, reason: unknown): FailedItem {
    return { index: this.firstIndex + at, input: this.argumentsOf(at), reason };
  }

  argumentsOf(at: number): unknown {
    return this.#inputs[this.#offset + at];
  }

  settle(at: number, outcome: Outcome): void {
    this.#map.ended(this, at, outcome);
  }

  fulfil(at: number, values: readonly unknown[], from: number, to: number): void {
    this.#map.fulfilled(this, at, values, from, to);
  }

  override endedUnheard(at: number, outcome: Outcome): void {
    // One that heeds that it was told to end does not fail.
    const isOwn = !outcome.ok && !(isError(outcome.error) && nameOf(outcome.error) === 'AbortError');
    if (isOwn) this.#map.failedUnheard(this, at, outcome.error);
  }

  override refused(reason: unknown): void {
    this.#map.refused(reason);
    super.refused(reason);
  }

  protected override over(): void {
    super.over();
    this.#map.blockOver(this);
  }

  protected tail(at: number): MapBlock {
    const end = this.#offset + this.count;
    const inputs = end === this.#inputs.length ? this.#inputs : arraySlice(this.#inputs, 0, end);
    return this.#map.addBlock(this.firstIndex + at, inputs, this.#offset + at);
  }
}

/** The blocks of a map that have not ended. */
export class ActiveBlocks {
  readonly #blocks: MapBlock[] = [];

  get size(): number {
    return this.#blocks.length;
  }

  /** A list of them that stays as it is. */
  all(): MapBlock[] {
    return arraySlice(this.#blocks);
  }

  add(block: MapBlock): MapBlock {
    block.activePlace = arrayPush(this.#blocks, block) - 1;
    return block;
  }

  forget(block: MapBlock): void {
    const last = arrayPop(this.#blocks);
    if (last === undefined || last === block) return;
    this.#blocks[block.activePlace] = last;
    last.activePlace = block.activePlace;
  }
}
