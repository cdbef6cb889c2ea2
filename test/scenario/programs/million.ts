// A map over a million items that are read slowly, one by one. Prints how far the source was ahead at most, and how the memory grew.
import { setTimeout as sleepFor } from 'node:timers/promises';

import { Pool } from '../../../src/index.ts';
import { lengthOf } from '../../tasks/bytes.ts';

const [kind, ordered] = process.argv.slice(2);
const items = 1_000_000;
const window = 256;
const bytesEach = 200;

await using pool = new Pool({ kind: kind === 'thread' ? 'thread' : 'process', workers: 2 });

let pulled = 0;
function* source(): Generator<string> {
  for (; pulled < items; pulled++) yield `${pulled}`.padEnd(bytesEach, '.');
}

let read = 0;
let furthestAhead = 0;
let sum = 0;
let warmMb = 0;
let mostMb = 0;
for await (const length of pool.map(lengthOf, source(), { window, ordered: ordered === 'ordered' })) {
  sum += length;
  furthestAhead = Math.max(furthestAhead, pulled - read);
  read++;
  if (read % 20_000 !== 0) continue;
  // Slower than the workers, so all that may be ahead is.
  await sleepFor(5);
  const mb = process.memoryUsage.rss() / 1e6;
  if (read <= items / 5) warmMb = Math.max(warmMb, mb);
  else mostMb = Math.max(mostMb, mb);
}
console.log(
  JSON.stringify({ read, sum: sum / bytesEach, window, furthestAhead, grownMb: Math.round(mostMb - warmMb) }),
);
