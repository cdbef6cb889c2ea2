// Everything that a pool does, while shared prototypes have more than they should: in the caller, or in the workers. Prints `whole`
// where all came out right.
//
//     additions.ts KIND caller|worker
import { Pool, type WorkerKind } from '../../../src/index.ts';
import { add, addedNames, kindsOfAdded } from '../../support/additions.ts';
import { check, everything, faults, lives } from '../../support/everything.ts';
import { addHere, takeAway } from '../../tasks/replaced-methods.ts';

const [kind, where] = process.argv.slice(2) as [WorkerKind, 'caller' | 'worker'];
const hangMs = 20_000;
const shown: string[] = [];

const pool = new Pool({ kind, workers: kind === 'inline' ? 1 : 2 });
await everything(pool);
for (const added of kindsOfAdded) {
  let remove: (() => void) | undefined;
  const hangs = setTimeout(() => {
    remove?.();
    console.error(`It hangs with ${added} added.\n${faults.join('\n')}\n${pool.inspect()}`);
    process.exit(1);
  }, hangMs);
  if (where === 'caller') remove = add(added);
  else await pool.broadcast(addHere, added);
  try {
    await everything(pool);
    if (where === 'caller') await lives(kind);
  } catch (error) {
    check(false, 'it throws', error);
  }
  remove?.();
  if (where === 'worker') await pool.broadcast(takeAway);
  clearTimeout(hangs);
  for (const fault of faults.splice(0)) shown.push(`${added}: ${fault}`);
}
await pool.close();
console.error(shown.join('\n'));
if (shown.length === 0) console.log(addedNames.length > 100 ? 'whole' : 'nothing was added');
