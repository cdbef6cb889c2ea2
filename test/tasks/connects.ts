// A module that is not ready before its top-level await has ended.
import { setTimeout as sleepFor } from 'node:timers/promises';

import { task } from '../support/task.ts';

let database = 'not connected';

export const one = task(import.meta, function one(): string {
  return database;
});
export const other = task(import.meta, function other(): string {
  return database;
});

await sleepFor(200);
database = 'connected';
