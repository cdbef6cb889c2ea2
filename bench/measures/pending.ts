import { setTimeout as sleep } from 'node:timers/promises';

import { onBoth, workers, type Figures, type Measure } from './measure.ts';

/** Long enough that nothing ends before the last reading, also where 300,000 calls take seconds to submit. */
const blockedMs = 30_000;

export const pending: Measure = {
  name: 'pending',
  title: '300,000 calls pending, promise and argument included: bytes of the caller for each',
  tasks: 300_000,
  quickTasks: 30_000,
  nodeFlags: ['--expose-gc'],
  figures: [
    { name: 'rss', label: 'RSS', better: 'less', bars: onBoth({ limit: 1_000 }) },
    { name: 'heap', label: 'heap and external', better: 'less' },
  ],
  async run(peer, tasks): Promise<Figures> {
    const pool = peer.open({ workers });
    await pool.ready();
    const increment = pool.call('increment');
    const spin = pool.call('spin');
    // Few: what many would leave behind in the heap would later hold the pending ones, and be counted for nothing.
    await Promise.all(Array.from({ length: 1_000 }, (_, n) => increment(n)));
    const blockers = Array.from({ length: workers }, () => spin(blockedMs));
    await sleep(300);

    const before = await readMemory();
    const calls: Promise<unknown>[] = [];
    for (let n = 0; n < tasks; n++) calls.push(increment(n));
    // What is sent only after this turn belongs to it too.
    await sleep(300);
    const after = await readMemory();

    const isPending = await Promise.race([Promise.any([...blockers, ...calls]).then(() => false), sleep(100, true)]);
    if (!isPending) throw new Error('Some calls ended before the memory was read.');
    // The pool is left as it is: its workers are blocked, and this process ends now.
    return { rss: (after.rss - before.rss) / tasks, heap: (after.heap - before.heap) / tasks };
  },
};

async function readMemory(): Promise<{ rss: number; heap: number }> {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('Run it with --expose-gc.');
  for (let time = 0; time < 3; time++) {
    await gc({ execution: 'async', type: 'major' });
    await sleep(50);
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heap: heapUsed + external };
}
