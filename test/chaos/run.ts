// Chaos: thousands of tasks of all sorts on a pool whose workers are killed, stopped and starved meanwhile. Whatever happens, each
// settles once, with what its kind allows, no attempt begins twice, and in the end nothing is left.
//
//     npm run chaos -- [--seed N] [--seconds 60] [--kind process|thread] [--workers 4]
//
// The seed says what is submitted and what is done to the workers; when it meets whom is the machine's doing, so a seed that failed
// may have to run more than once to fail again.
import { parseArgs } from 'node:util';

import { children, until } from '../support/pools.ts';
import { random } from '../support/random.ts';
import { footprint, inMb, type Footprint } from './footprint.ts';
import { maxOldGenerationSizeMb, Round } from './round.ts';
import type { Deed } from './start-killer.ts';
import { Tally } from './tally.ts';
import type { FarKind } from './work.ts';

const { values: given } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1e9) },
    seconds: { type: 'string', default: '60' },
    kind: { type: 'string', default: 'process' },
    workers: { type: 'string', default: '4' },
  },
});
const seed = numberOf('seed');
const seconds = numberOf('seconds');
const workers = numberOf('workers');
const kind = farKind(given.kind);

const progressMs = 5_000;
/** All pools are closed by then, so what they took is given back, exactly. Only of code V8 keeps more the longer it runs, and there is not much of that. */
const moreLiveBytes = 5 * 2 ** 20;
/**
 * RSS says less: of what is free again, the allocator and V8 keep what they like. Threads leave it to us: five bare ones of Node's that
 * run out of 96 MB leave 400 MB behind, and no more than that after fifteen. But a large buffer for each crash would show.
 */
const moreRssMb = 128 + (kind === 'thread' ? workers * maxOldGenerationSizeMb : 0);

/** How the time is shared: what is measured before is measured after the first, for that loads and compiles what the others need. */
const rounds = [
  { name: 'warm-up', share: 0.2, end: 'close' },
  { name: 'closed under way', share: 0.6, end: 'close' },
  { name: 'terminated under way', share: 0.2, end: 'terminate' },
] as const;

const tally = new Tally();
const deeds: Record<Deed, number> = { kill: 0, stop: 0, continue: 0, starve: 0 };
let workersStarted = 0;

console.log(`Chaos over ${kind} with ${workers} workers for ${seconds} s, seed ${seed}`);
process.on('unhandledRejection', (reason) => tally.fail(`a rejection that nobody handles: ${String(reason)}`));
process.on('warning', ({ name, message }) => tally.fail(`a warning, ${name}: ${message}`));
// The last words of workers are passed on to our stderr, and there are thousands.
process.stderr.write = () => true;

const chance = random(seed);
let before: Footprint | undefined;
for (const { name, share, end } of rounds) {
  const round = new Round({ kind, workers, ms: 1_000 * seconds * share, end, chance, tally });
  console.log(`${name}:`);
  const progress = setInterval(() => console.log(`  ${round.describe()}`), progressMs);
  tally.workers = 0;
  await round.play();
  clearInterval(progress);
  console.log(`  ${round.describe()}`);
  workersStarted += tally.workers;
  for (const deed of ['kill', 'stop', 'continue', 'starve'] as const) deeds[deed] += round.killer?.counts[deed] ?? 0;
  before ??= await footprintAtRest();
}
if (before !== undefined) compare(before, await footprintAtRest(before));

console.log(tally.table());
console.log(
  `${tally.tasks} tasks in ${tally.works} works, ${tally.retried} retried; about ${workersStarted} workers started; ` +
    `survived ${deeds.kill} kills, ${deeds.stop} stops, ${deeds.continue} continues, ${deeds.starve} starvations`,
);
for (const [what, count] of tally.excused)
  console.log(`Excused, for workers were killed as they started, ${count} times: ${what}`);
for (const detail of tally.details) console.log(`FAILED (seed ${seed}): ${detail}`);
console.log(tally.failures === 0 ? 'All is well.' : `${tally.failures} failures. Seed ${seed}, over ${kind}.`);
process.exitCode = tally.failures === 0 ? 0 : 1;

/** When what a stream or a thread leaves for a turn of the loop is gone; or when it is not after some time. */
async function footprintAtRest(like?: Footprint): Promise<Footprint> {
  const isAtRest = async (): Promise<boolean> =>
    children().length === 0 && (like === undefined || (await footprint()).holdings === like.holdings);
  await until(isAtRest, 'nothing is left').catch(() => {
    // What it is, is told by the comparison.
  });
  return footprint();
}

function compare(one: Footprint, other: Footprint): void {
  if (children().length > 0) tally.fail(`child processes are left: ${children().join(', ')}`);
  if (one.holdings !== other.holdings)
    tally.fail(`something is left. Before:\n${one.holdings}\nAfter:\n${other.holdings}`);
  const live = `${inMb(one.liveBytes)} before, ${inMb(other.liveBytes)} after`;
  const rss = `${inMb(one.rssBytes)} before, ${inMb(other.rssBytes)} after`;
  console.log(`Memory after the warm-up and in the end: live ${live}; RSS ${rss}`);
  if (other.liveBytes > one.liveBytes + moreLiveBytes) tally.fail(`live memory has grown: ${live}`);
  if (other.rssBytes > one.rssBytes + moreRssMb * 2 ** 20) tally.fail(`RSS has grown: ${rss}`);
}

function numberOf(name: 'seed' | 'seconds' | 'workers'): number {
  const number = Number(given[name]);
  if (number > 0 && number < Infinity) return number;
  throw new RangeError(`--${name} takes a number above 0; it was given ${given[name]}`);
}

function farKind(name: string): FarKind {
  if (name === 'process' || name === 'thread') return name;
  throw new RangeError(`--kind takes process or thread; it was given ${name}`);
}
