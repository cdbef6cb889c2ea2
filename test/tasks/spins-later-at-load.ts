// A module that takes its time to load, and then holds the loop for ever.
import { setTimeout as sleepFor } from 'node:timers/promises';

await sleepFor(200);
for (;;);

export function any(): void {}
