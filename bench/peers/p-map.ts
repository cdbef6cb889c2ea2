// One loop and no worker: what waiting costs where one core is enough.
import pMap from 'p-map';

import { handlerMs, handlersAtOnce } from '../measures/handlers.ts';
import { sleepMs, sleepsAtOnce } from '../measures/sleeps.ts';
import { perSecond, timed } from '../measures/measure.ts';
import type { OwnPeer } from './peer.ts';
import { sleep, waitThenSpin } from './tasks.mjs';

export const peers: OwnPeer[] = [
  {
    how: 'own',
    name: 'p-map',
    transport: 'inline',
    measures: ['sleeps', 'handlers'],
    async measure(measure, tasks) {
      const inputs = Array.from({ length: tasks });
      if (measure === 'sleeps') {
        // As many at once as two workers have together.
        const all = (): Promise<unknown> => pMap(inputs, () => sleep(sleepMs), { concurrency: 2 * sleepsAtOnce });
        return { map: await timed(all) };
      }
      const all = (): Promise<unknown> =>
        pMap(inputs, () => waitThenSpin(handlerMs), { concurrency: 2 * handlersAtOnce });
      return { rate: perSecond(tasks, await timed(all)) };
    },
  },
];
