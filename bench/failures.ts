// The same failures for polyloop and its peers: what holds and what breaks, as a Markdown table on stdout and in FAILURES.md.
//
//     node bench/failures.ts
//     node bench/failures.ts --only killed,timeout --peers polyloop,piscina --rounds 1    to look at; FAILURES.md stays as it is
//     node bench/failures.ts --jobs 1                                                      one process at a time
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { ask, endAllWithThisProcess } from './failures/apart.ts';
import type { Report } from './failures/case.ts';
import { cases } from './failures/cases/list.ts';
import { contestants, isPython, type Contestant } from './failures/peers/list.ts';
import { columnName, tableOf, verdictOf, writeBetweenMarks } from './failures/table.ts';
import { remarks } from './failures/remarks.ts';
import { machine, pythonVersion } from './machine.ts';
import { knownNames, wholeNumber } from './names.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    peers: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    jobs: { type: 'string', default: '2' },
  },
});
const allNames = cases.map(({ name }) => name);
const only = knownNames('--only', values.only, allNames);
const peers = knownNames('--peers', values.peers, [...new Set(contestants.map(({ name }) => name))]);
const rounds = wholeNumber('--rounds', values.rounds);
const jobs = wholeNumber('--jobs', values.jobs);

/** Which cases there are in python.py. The others are about what Python's pools do not have, or has no like in Python. */
const askedOfPython = ['killed', 'killed-queue', 'killed-company', 'result', 'close', 'parent-killed'];
const notInPython = (name: string): Report => ({
  is: 'not asked',
  why: name === 'throw-undefined' ? 'Python raises exceptions only' : 'not asked of Python',
});

endAllWithThisProcess();
const asked = contestants.filter(
  (each) => peers.includes(each.name) && (!isPython(each) || pythonVersion() !== undefined),
);
const rows = cases
  .filter(({ name }) => only.includes(name))
  .map((of) => ({ of, answers: asked.map((contestant) => ({ contestant, reports: [] as Report[] })) }));
// Round by round, so that the rounds of one cell are far apart, and see the machine in different states.
const waiting = Array.from({ length: rounds }, () =>
  rows.flatMap(({ of, answers }) => answers.map((cell) => ({ of, cell }))),
).flat();
await Promise.all(Array.from({ length: jobs }, work));

const text = [`${machine()}\n\n${versions()}; each case ${rounds} times.`, tableOf(rows), beside(), setUps()].join(
  '\n\n',
);
console.log(text);
if (only.length === cases.length && values.peers === undefined) {
  writeBetweenMarks(new URL('./FAILURES.md', import.meta.url), text);
}

async function work(): Promise<void> {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { of, cell } = next;
    const report = await answer(of.name, cell.contestant);
    cell.reports.push(report);
    console.error(`${of.name} | ${columnName(cell.contestant)} | ${verdictOf({ ...cell, reports: [report] })}`);
  }
}

async function answer(name: string, contestant: Contestant): Promise<Report> {
  if (isPython(contestant) && !askedOfPython.includes(name)) return notInPython(name);
  return ask(name, contestant);
}

function versions(): string {
  const versionOf = (folder: string): string =>
    (JSON.parse(readFileSync(new URL(`${folder}package.json`, import.meta.url), 'utf8')) as { version: string })
      .version;
  const named = ['piscina', 'tinypool', 'workerpool', 'poolifier'].map(
    (name) => `${name} ${versionOf(`./node_modules/${name}/`)}`,
  );
  return [`polyloop ${versionOf('../')} from its sources`, ...named].join(', ');
}

function beside(): string {
  const inTable = remarks.filter(
    ({ about, cases: named }) => peers.includes(about) && named.some((name) => only.includes(name)),
  );
  const lines = inTable.map(
    ({ about, cases: named, says }) => `* ${about}, ${named.map((name) => `\`${name}\``).join(', ')}: ${says}`,
  );
  return ['### Beside the table', ...lines].join('\n').replace('\n', '\n\n');
}

function setUps(): string {
  const paragraphs = rows.map(({ of }, n) => `${n + 1}. **\`${of.name}\`** ${of.setUp}`);
  return ['### How each case is set up', ...paragraphs].join('\n\n');
}
