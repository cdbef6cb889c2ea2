// Soak: a steady load for a long time, on processes and threads, with workers that live for as long as it lasts and with workers that
// die now and then. Memory and file descriptors must stay as they are.
//
//     npm run soak -- [--minutes 30] [--seed N]
import { parseArgs } from 'node:util';

import { children, until } from '../support/pools.ts';
import { random } from '../support/random.ts';
import { Load } from './load.ts';
import { growths, sample, table, type Sample } from './samples.ts';
import { Tally } from './tally.ts';

const { values: given } = parseArgs({
  options: { minutes: { type: 'string', default: '30' }, seed: { type: 'string', default: String(Date.now() % 1e9) } },
});
const minutes = Number(given.minutes);
const seed = Number(given.seed);
const minuteMs = 60_000;
/** Fewer could not be told from chance; a short run takes its samples sooner than once a minute. */
const fewestSamples = 24;

console.log(`Soak for ${minutes} minutes, seed ${seed}`);
const tally = new Tally();
process.on('unhandledRejection', (reason) => tally.fail(`a rejection that nobody handles: ${String(reason)}`));
process.on('warning', ({ name, message }) => tally.fail(`a warning, ${name}: ${message}`));
// The last words of workers are passed on to our stderr, and there are many.
process.stderr.write = () => true;

const chance = random(seed);
const loads = (['process', 'thread'] as const).flatMap((kind) =>
  [false, true].map((isDeadly) => new Load(kind, isDeadly, chance, tally)),
);
const samples: Sample[] = [];
const startedAt = performance.now();
const everyMs = Math.min(minuteMs, (minutes * minuteMs) / fewestSamples);
let taking: Promise<void> | undefined;
// One after the other, for to sample is to wait for rest.
const sampling = setInterval(() => {
  taking ??= take().finally(() => (taking = undefined));
}, everyMs);
const watchdog = setTimeout(
  () => {
    console.log('It should have ended a minute ago.');
    for (const { pool } of loads) console.log(pool.inspect());
    process.exit(1);
  },
  (minutes + 1) * minuteMs,
);
let workers = 0;
await Promise.all(loads.map((load) => load.runFor(minutes * minuteMs)));
clearInterval(sampling);
clearTimeout(watchdog);
await until(() => children().length === 0, 'no child process is left').catch((error: Error) =>
  tally.fail(error.message),
);

console.log(tally.table());
console.log(table(samples));
for (const growth of growths(samples)) tally.fail(growth);
console.log(
  `${tally.tasks} tasks in ${tally.works} works, ${tally.retried} retried; at least ${workers} workers started`,
);
for (const detail of tally.details) console.log(`FAILED (seed ${seed}): ${detail}`);
console.log(tally.failures === 0 ? 'All is flat.' : `${tally.failures} failures. Seed ${seed}.`);
process.exitCode = tally.failures === 0 ? 0 : 1;

async function take(): Promise<void> {
  const minute = (performance.now() - startedAt) / minuteMs;
  // The pools are being closed.
  if (minute > minutes) return;
  workers = loads.reduce((sum, { pool }) => sum + Math.max(0, ...pool.stats().workers.map(({ id }) => id)), 0);
  samples.push(await sample(loads, minute));
  const last = samples.at(-1);
  if (last !== undefined)
    console.log(`  ${minute.toFixed(1)} min: ${tally.works} works, RSS ${last['main RSS, MB'].toFixed(0)} MB`);
}
