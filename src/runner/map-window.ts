// How many items a map may pull now. Two limits apply: the window of the map (queued + running + finished but unread), and the
// room in the queue of the pool, where the pool has `maxQueue`.
import { promiseThen } from '../task/platform.ts';
import type { MapPlan } from './map-block.ts';
import type { Submitter } from './submitter.ts';

export class MapWindow {
  /** Items that were pulled from the source, and those of them that were handed over. */
  pulled = 0;
  read = 0;
  /** Why the pool accepts no more tasks; undefined while it accepts them. What is pulled then is refused. */
  refusal: { readonly reason: unknown } | undefined;
  readonly #submitter: Submitter;
  readonly #plan: MapPlan;
  readonly #pull: () => void;
  readonly #onRefusal: (reason: unknown) => void;
  #isWaiting = false;
  /** Items for which room was waited for, and is kept. */
  #letIn = 0;
  /** Items that are not submitted yet take up the room of the queue. */
  #isHeldBack = false;

  constructor(submitter: Submitter, plan: MapPlan, pull: () => void, onRefusal: (reason: unknown) => void) {
    this.#submitter = submitter;
    this.#plan = plan;
    this.#pull = pull;
    this.#onRefusal = onRefusal;
  }

  /** Everything that was pulled has been handed over. */
  get isEmpty(): boolean {
    return this.read === this.pulled;
  }

  /** How many more items may be pulled, where `unsubmitted` of those that were pulled are not submitted yet. */
  room(unsubmitted: number): number {
    const window = this.#plan.window ?? this.#submitter.windowFor(this.#plan.fn);
    const room = window - this.pulled + this.read;
    if (room <= 0) return room;
    // One item shows whether the source has ended; if it has not, the item is refused and the map fails.
    if (this.refusal !== undefined) return unsubmitted === 0 ? 1 : 0;
    const inQueue = this.#submitter.queueRoom();
    if (inQueue === Infinity) return room;
    const mayWait = inQueue + this.#letIn - unsubmitted;
    if (mayWait <= 0) this.#wait(unsubmitted);
    return Math.min(room, mayWait);
  }

  /** The items that were pulled are submitted. */
  submitted(): void {
    if (!this.#isHeldBack) return;
    this.#isHeldBack = false;
    this.#pull();
  }

  /**
   * Pulls again when the queue has room. It asks once for each time that it is let in: what is not submitted yet must be
   * submitted first, or it would ask for the room that it takes up itself. A pool that refuses is never asked again, because
   * it would answer in the same turn of the loop, and the loop would not come back.
   */
  #wait(unsubmitted: number): void {
    if (unsubmitted > 0) {
      this.#isHeldBack = true;
      return;
    }
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    void promiseThen(
      this.#submitter.room(),
      () => {
        this.#isWaiting = false;
        this.#letIn = 1;
        this.#pull();
        this.#letIn = 0;
      },
      (reason: unknown) => {
        this.#isWaiting = false;
        this.#onRefusal(reason);
      },
    );
  }
}
