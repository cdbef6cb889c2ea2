// `resourceLimits` are a thread's; a process is told the same by flags of `node`.
import type { ResourceLimits } from 'node:worker_threads';

import { arrayFlat } from '../../task/arrays.ts';

/** V8 reckons a young generation as three semi-spaces. */
const semiSpaces = 3;

export function limitFlags(limits: ResourceLimits = {}): string[] {
  const { maxOldGenerationSizeMb, maxYoungGenerationSizeMb, stackSizeMb } = limits;
  return arrayFlat([
    flag('--max-old-space-size', maxOldGenerationSizeMb),
    flag('--max-semi-space-size', maxYoungGenerationSizeMb && maxYoungGenerationSizeMb / semiSpaces),
    flag('--stack-size', stackSizeMb && stackSizeMb * 1_024),
  ]);
}

function flag(name: string, value: number | undefined): string[] {
  return value === undefined ? [] : [`${name}=${Math.max(1, Math.floor(value))}`];
}
