// A process that notes the runs of its arguments, `number,generation,first,count` each, in a ledger whose descriptor is 3,
// says so, and waits to be killed.
import { writeSync } from 'node:fs';

import { Ledger } from '../../src/transport/process/ledger.ts';

const ledger = new Ledger(3);
for (const entry of process.argv.slice(2)) {
  const [number = 0, generation = 0, firstId = 0, count = 0] = entry.split(',').map(Number);
  ledger.note({ number, generation, firstId }, count);
}
writeSync(1, 'noted\n');
setInterval(() => {}, 1_000);
