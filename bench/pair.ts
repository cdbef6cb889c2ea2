// What a change costs, or gains: this polyloop and that of another checkout, measured in turn, a process for each
// measurement. A machine drifts by more than most changes make; two that are measured side by side drift together.
//
//     git worktree add ../before v0.1.0 && ln -s "$PWD/node_modules" ../before/node_modules
//     node bench/pair.ts --before ../before --rounds 31
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { endChildrenWithThisProcess, measureInChild } from './child.ts';
import { machine } from './machine.ts';
import { measures } from './measures/list.ts';
import { knownNames, wholeNumber } from './names.ts';
import { markdownTable, shown } from './tables.ts';

const timeoutMs = 60_000;
const transports = ['thread', 'process'] as const;
/** Those whose one figure is a rate. */
const rated = measures.filter(({ figures }) => figures.length === 1 && figures[0]?.name === 'rate');

const { values } = parseArgs({
  options: {
    before: { type: 'string' },
    only: { type: 'string', default: 'submit,callers,map' },
    transport: { type: 'string' },
    rounds: { type: 'string', default: '15' },
  },
});
if (values.before === undefined) {
  console.error('--before is missing; it takes the folder of another checkout, with its node_modules.');
  process.exit(2);
}
const here = fileURLToPath(new URL('measure.ts', import.meta.url));
const there = resolve(values.before, 'bench/measure.ts');
const rounds = wholeNumber('--rounds', values.rounds);
const names = knownNames(
  '--only',
  values.only,
  rated.map(({ name }) => name),
);

endChildrenWithThisProcess();
console.log(`${machine()} · medians of ${rounds} rounds\n`);
const rows: string[][] = [];
for (const name of names) {
  for (const transport of knownNames('--transport', values.transport, transports))
    rows.push(await row(name, transport));
}
console.log(markdownTable(['', 'before', 'after', 'after / before', 'of each pair'], rows));

async function row(name: string, transport: string): Promise<string[]> {
  const before: number[] = [];
  const after: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const isFirst = round % 2 === 0;
    if (isFirst) before.push(await rate(there, name, transport));
    after.push(await rate(here, name, transport));
    if (!isFirst) before.push(await rate(there, name, transport));
  }
  const pairs = after.map((each, round) => each / (before[round] ?? Number.NaN));
  const [was, is] = [median(before), median(after)];
  const cells = [`${name}, ${transport}`, shown(was), shown(is), (is / was).toFixed(3), median(pairs).toFixed(3)];
  console.error(cells.join('  '));
  return cells;
}

async function rate(script: string, name: string, transport: string): Promise<number> {
  const args = [script, '--measure', name, '--peer', 'polyloop', '--transport', transport];
  const measured = await measureInChild(args, timeoutMs);
  if (measured.ok) return measured.figures['rate'] ?? Number.NaN;
  console.error(`${script} ${name} ${transport}: ${measured.why}`);
  return process.exit(1);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
}
