// When outcomes that are there are sent while their run is still being started: when the tasks behind them take longer than
// was thought.
import { performance } from '../task/platform.ts';
import { slices } from './announcing.ts';

/** Outcomes wait no longer than this for the other tasks of their run. */
const flushAfterMs = 1;

export class FlushPace {
  /** The clock costs more than a tiny task, so it is read once in so many tasks. */
  #untilLook = 0;
  #flushedAt = 0;

  /** Tasks of a run are about to be started. */
  begin(now: number): void {
    this.#flushedAt = now;
  }

  /** To be called for each task of a run that was started. True where the outcomes that are there are to be sent. */
  isDue(count: number): boolean {
    if (--this.#untilLook > 0) return false;
    this.#untilLook = count / slices;
    const now = performance.now();
    if (now - this.#flushedAt < flushAfterMs) return false;
    this.#flushedAt = now;
    return true;
  }
}
