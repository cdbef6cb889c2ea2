// Everything that a pool does, while one method of a builtin prototype throws, for each method in turn, and for all: in the caller, or in
// the workers. Prints `whole` where all came out right and polyloop called none of them.
//
//     replaced-methods.ts KIND caller|worker
import assert from 'node:assert/strict';

import { Pool, type WorkerKind } from '../../../src/index.ts';
import { check, everything, faults, lives } from '../../support/everything.ts';
import { methodNames, replaceMethod, restoreMethod, takeUses } from '../../support/replaced-methods.ts';
import { replace, restore, usesHere } from '../../tasks/replaced-methods.ts';

const [kind, where] = process.argv.slice(2) as [WorkerKind, 'caller' | 'worker'];
const hangMs = 20_000;

/** Which workers there are. One that dies of a replaced method is silently replaced where it had begun nothing. */
function idsOf(pool: Pool): string {
  let text = '';
  for (const { id } of pool.stats().workers) text += ` ${id}`;
  return text;
}

async function during(names: readonly string[], pool: Pool): Promise<void> {
  const name = names.length === 1 ? String(names[0]) : 'every method';
  const hangs = setTimeout(() => {
    for (const each of names) restoreMethod(each);
    console.error(`It hangs while ${name} throws.\n${faults.join('\n')}\n${takeUses().join('\n')}\n${pool.inspect()}`);
    process.exit(1);
  }, hangMs);
  const ids = idsOf(pool);
  if (where === 'caller') for (const each of names) replaceMethod(each);
  else await pool.broadcast(replace, names);
  try {
    await everything(pool);
    // To start workers takes long, so the lives of pools are tried once.
    if (where === 'caller' && (kind === 'inline' || names.length > 1)) await lives(kind);
  } catch (error) {
    check(false, `while ${name} throws:`, error);
  }
  if (where === 'caller') for (const each of names) restoreMethod(each);
  else await pool.broadcast(restore, names);
  clearTimeout(hangs);
  check(idsOf(pool) === ids, 'a worker has died: those before were', ids);
  const uses = [...takeUses(), ...(await pool.broadcast(usesHere)).flat()];
  for (const use of uses) faults.push(use);
  for (const fault of faults.splice(0)) console.error(`${name}: ${fault}`);
}

const pool = new Pool({ kind, workers: kind === 'inline' ? 1 : 2 });
await everything(pool);
assert.deepEqual(faults, []);
let shown = 0;
const { error: show } = console;
console.error = (...parts) => {
  shown++;
  show(...parts);
};
for (const name of methodNames) await during([name], pool);
await during(methodNames, pool);
await pool.close();
if (shown === 0) console.log('whole');
