// Whether polyloop stays what it is when there is more of everything: more tasks, more workers. No peers; it is compared
// with itself.
//
//     node bench/scaling.ts
//     node bench/scaling.ts --quick      up to 1 million tasks and 8 workers
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { endChildrenWithThisProcess, measureInChild } from './child.ts';
import { machine } from './machine.ts';
import { knownName, wholeNumber } from './names.ts';
import { measureCrowd } from './scaling/crowd.ts';
import { measureGrowth } from './scaling/growth.ts';
import { measureStreams } from './scaling/streams.ts';
import { markdownTable, shown } from './tables.ts';

const kinds = ['thread', 'process'] as const;
const parts = ['growth', 'crowd', 'streams'] as const;
/** Ten million tasks of a few µs each, and room for a bad day. */
const timeoutMs = 300_000;
const crowdTasks = 200_000;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    // What this program asks of itself: one measurement, in a process of its own.
    part: { type: 'string' },
    kind: { type: 'string', default: '' },
    size: { type: 'string', default: '' },
  },
});

if (values.part === undefined) await everything();
else await onePart(knownName('--part', values.part, parts));

async function onePart(part: (typeof parts)[number]): Promise<void> {
  const kind = knownName('--kind', values.kind, kinds);
  const size = wholeNumber('--size', values.size);
  const figures =
    part === 'growth'
      ? await measureGrowth(kind, size)
      : part === 'crowd'
        ? await measureCrowd(kind, size, crowdTasks)
        : await measureStreams(kind, size);
  console.log(JSON.stringify(figures));
  process.exit(0);
}

async function everything(): Promise<void> {
  endChildrenWithThisProcess();
  const taskCounts = values.quick ? [10_000, 100_000, 1_000_000] : [10_000, 100_000, 1_000_000, 10_000_000];
  const workerCounts = values.quick ? [1, 2, 4, 8] : [1, 2, 4, 8, 16, 32];
  console.log(machine());

  console.log('\n### `map` from a generator, read by `for await`, 2 workers\n');
  const growth = await rows('growth', taskCounts, ['nsEach', 'callerMb', 'workersMb']);
  console.log(markdownTable(['tasks', 'ns for each', 'RSS growth, MB', "the workers' own, MB"], growth));

  console.log('\n### Throughput by the number of workers, tasks/s\n');
  const crowd = await rows('crowd', workerCounts, ['submitRate', 'mapRate']);
  console.log(markdownTable(['workers', `${crowdTasks.toLocaleString('en-US')} \`run\`s at once`, '`map`'], crowd));

  const valueCounts = values.quick ? [100_000, 1_000_000] : [100_000, 1_000_000, 10_000_000];
  console.log('\n### Small values that a task yields, through `stream`, 2 workers, values/s\n');
  const streams = await rows('streams', valueCounts, ['oneRate', 'manyRate']);
  console.log(markdownTable(['values', 'one stream', '8 streams at once, together'], streams));
}

async function rows(
  part: (typeof parts)[number],
  sizes: readonly number[],
  columns: readonly string[],
): Promise<string[][]> {
  const all: string[][] = [];
  for (const kind of kinds) {
    for (const size of sizes) {
      const script = fileURLToPath(import.meta.url);
      const args = ['--expose-gc', script, '--part', part, '--kind', kind, '--size', String(size)];
      const measured = await measureInChild(args, timeoutMs);
      const outcome = measured.ok ? JSON.stringify(measured.figures) : measured.why;
      console.error(`${part} ${kind} ${size} ${outcome}`);
      const cells = measured.ok
        ? columns.map((column) => measured.figures[column]).map((value) => (value === undefined ? '' : shown(value)))
        : [measured.why, ...columns.slice(1).map(() => '')];
      const on = kind === 'thread' ? 'threads' : 'processes';
      all.push([`${size.toLocaleString('en-US')}, ${on}`, ...cells]);
    }
  }
  return all;
}
