// How a worker is: its memory, and how busy its loop is. It is asked at most once a second, and only while there is work.
import type { Pong } from '../wire/messages.ts';

const everyMs = 1_000;

export class Vitals {
  /** The memory of its process, in bytes; for a thread, of the process that it shares. 0 where it has not said yet. */
  rssBytes = 0;
  /** Which part of the time its loop was at work, from 0 to 1, since it was asked before. */
  utilization = 0;
  #askedAt = -Infinity;

  /** True where it is to be asked now. */
  isDue(now: number): boolean {
    if (now - this.#askedAt < everyMs) return false;
    this.#askedAt = now;
    return true;
  }

  hear({ rssBytes, utilization }: Pong): void {
    this.rssBytes = rssBytes;
    this.utilization = utilization;
  }
}
