// A module with a timer of its own, which goes on between tasks.
import { task } from '../support/task.ts';

let count = 0;
setInterval(() => count++, 2).unref();

export const ticks = task(import.meta, function ticks(): number {
  return count;
});
