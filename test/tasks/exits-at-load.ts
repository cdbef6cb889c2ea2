// A module that ends its worker while it is loaded.
import { isMainThread } from 'node:worker_threads';

import { task } from '../support/task.ts';

export const any = task(import.meta, async function any(): Promise<void> {});

if (process.argv[1]?.includes('worker-end') === true || !isMainThread) process.exit(3);
