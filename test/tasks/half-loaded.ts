// A module that defines two functions and then throws.
import { task } from '../support/task.ts';

export const first = task(import.meta, async function first(): Promise<string> {
  return 'ran';
});
export const second = task(import.meta, async function second(): Promise<string> {
  return 'ran';
});

throw new RangeError('half loaded');
