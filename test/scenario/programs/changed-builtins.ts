// Everything that a pool does, while prototypes of builtins have more than they should, or other methods than their own, which work:
// in the caller, or in the workers. Prints `whole` where all came out right.
//
//     changed-builtins.ts KIND caller|worker
import { Pool, type WorkerKind } from '../../../src/index.ts';
import { addedNames } from '../../support/additions.ts';
import { check, everything, faults, lives } from '../../support/everything.ts';
import { callsOfSpies, change, changes } from '../../support/replacements.ts';
import { changeHere, takeBackHere } from '../../tasks/replaced-methods.ts';

const [kind, where] = process.argv.slice(2) as [WorkerKind, 'caller' | 'worker'];
const hangMs = 20_000;
const shown: string[] = [];
let calls = 0;

const pool = new Pool({ kind, workers: kind === 'inline' ? 1 : 2 });
await everything(pool);
for (const which of changes) {
  let takeBack: (() => void) | undefined;
  const hangs = setTimeout(() => {
    takeBack?.();
    console.error(`It hangs with ${which}.\n${faults.join('\n')}\n${pool.inspect()}`);
    process.exit(1);
  }, hangMs);
  if (where === 'caller') takeBack = change(which);
  else await pool.broadcast(changeHere, which);
  try {
    await everything(pool);
    if (where === 'caller') await lives(kind);
  } catch (error) {
    check(false, 'it throws', error);
  }
  takeBack?.();
  const there = where === 'worker' ? await pool.broadcast(takeBackHere) : [];
  calls = Math.max(calls, callsOfSpies(), ...there);
  clearTimeout(hangs);
  for (const fault of faults.splice(0)) shown.push(`${which}: ${fault}`);
}
await pool.close();
if (addedNames.length < 100 || calls < 1_000) shown.push(`${addedNames.length} names were added, ${calls} calls made`);
console.error(shown.join('\n'));
if (shown.length === 0) console.log('whole');
