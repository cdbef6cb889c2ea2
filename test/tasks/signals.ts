// Tasks that listen to signals.
import { once } from 'node:events';

import { context, task } from '../support/task.ts';

/** Reports that it listens, and returns what it has heard. */
export const whenSignalled = task(
  import.meta,
  async function whenSignalled(signal: NodeJS.Signals): Promise<NodeJS.Signals> {
    const heard = once(process, signal);
    context().report('listening');
    const [name] = (await heard) as [NodeJS.Signals];
    return name;
  },
);
