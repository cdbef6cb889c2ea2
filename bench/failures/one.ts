// One case with one peer, in a process of its own; prints what it found as a line of JSON.
//
//     node bench/failures/one.ts --case killed --peer piscina --on thread
import { parseArgs } from 'node:util';

import { Findings, type Report } from './case.ts';
import { cases } from './cases/list.ts';
import { loadPeer } from './peers/list.ts';

const { values } = parseArgs({
  options: {
    case: { type: 'string', default: '' },
    peer: { type: 'string', default: '' },
    on: { type: 'string', default: '' },
    program: { type: 'boolean', default: false },
  },
});

const chosen = cases.find(({ name }) => name === values.case);
if (chosen === undefined) throw new Error(`There is no case \`${values.case}\`.`);
const peer = await loadPeer(values.peer, values.on);

if (values.program) await chosen.program?.(peer);
else {
  const why = chosen.notFor?.(peer);
  const found = new Findings();
  if (why === undefined) await chosen.happen(peer, found);
  const { broken, notes } = found;
  const report: Report = why === undefined ? { is: 'asked', broken, notes } : { is: 'not asked', why };
  // Whatever the peer still has open must not keep this process.
  process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
}
