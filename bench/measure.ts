// One measure of one peer, in this process alone, which prints its figures as a line of JSON. `run.ts` starts one for
// each; by hand it is the way to profile:
//
//     node --cpu-prof bench/measure.ts --measure submit --peer polyloop --transport thread
import { parseArgs } from 'node:util';

import { measures } from './measures/list.ts';
import { knownName } from './names.ts';
import { loadPeer, peerNames } from './peers/list.ts';

const { values } = parseArgs({
  options: {
    measure: { type: 'string', default: '' },
    peer: { type: 'string', default: '' },
    transport: { type: 'string', default: '' },
    quick: { type: 'boolean', default: false },
  },
});
const measureName = knownName(
  '--measure',
  values.measure,
  measures.map(({ name }) => name),
);
const peerName = knownName('--peer', values.peer, peerNames);
const peers = await loadPeer(peerName);
const transport = knownName(
  '--transport',
  values.transport,
  peers.map((each) => each.transport),
);

const measure = measures.find(({ name }) => name === measureName);
const peer = peers.find((each) => each.transport === transport);
if (measure === undefined || peer === undefined) throw new Error('A name that was known is known no more.');
if (!peer.measures.includes(measure.name))
  throw new Error(`${peer.name} (${transport}) takes no part in ${measure.name}.`);

const tasks = Math.min(values.quick ? measure.quickTasks : measure.tasks, peer.fewerTasks?.[measure.name] ?? Infinity);
const figures = peer.how === 'own' ? await peer.measure(measure.name, tasks) : await measure.run(peer, tasks);
console.log(JSON.stringify(figures));
// Whatever a pool still holds on to.
process.exit(0);
