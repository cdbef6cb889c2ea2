// A portable class whose module takes its time to load, but in workers.
import { setTimeout as sleepFor } from 'node:timers/promises';

import { portable } from '../support/task.ts';

if (process.env['LOADS_AT_ONCE'] === undefined) await sleepFor(400);

export class Late {
  static {
    portable(import.meta, this);
  }
  readonly n: number;
  constructor(n: number) {
    this.n = n;
  }
}
