// The measures, in the order of the tables.
import { behind } from './behind.ts';
import { buffers } from './buffers.ts';
import { callers } from './callers.ts';
import { freshSpins } from './fresh-spins.ts';
import { handlers } from './handlers.ts';
import { latency } from './latency.ts';
import { map } from './map.ts';
import type { Measure } from './measure.ts';
import { objects } from './objects.ts';
import { pending } from './pending.ts';
import { sleeps } from './sleeps.ts';
import { speedup } from './speedup.ts';
import { start } from './start.ts';
import { submit } from './submit.ts';

export const measures: readonly Measure[] = [
  submit,
  callers,
  map,
  latency,
  sleeps,
  speedup,
  freshSpins,
  behind,
  objects,
  buffers,
  pending,
  start,
  handlers,
];
