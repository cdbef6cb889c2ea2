// Every measure, the peers beside polyloop and taking turns in every round; medians, as Markdown tables on stdout.
//
//     npm run bench
//     node bench/run.ts --only submit,map --peers polyloop,piscina --rounds 5
//     node bench/run.ts --quick      a tenth of the work: whether all of it runs, not how fast
//     node bench/run.ts --built      polyloop as `npm run build` left it, as users have it
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { endChildrenWithThisProcess, measureInChild } from './child.ts';
import { machine, pythonVersion } from './machine.ts';
import { measures } from './measures/list.ts';
import type { Measure } from './measures/measure.ts';
import { knownName, knownNames, wholeNumber } from './names.ts';
import { loadPeer, peerNames, type PeerName } from './peers/list.ts';
import type { Peer } from './peers/peer.ts';
import { tableOf, type Contender } from './tables.ts';

const options = {
  only: { type: 'string' },
  peers: { type: 'string' },
  transport: { type: 'string' },
  rounds: { type: 'string', default: '3' },
  seconds: { type: 'string', default: '60' },
  quick: { type: 'boolean', default: false },
  built: { type: 'boolean', default: false },
} as const;

interface Entrant extends Contender {
  readonly takesPartIn: Peer['measures'];
}

const { values } = parseArgs({ options });
const allMeasures = measures.map(({ name }) => name);
const only = knownNames('--only', values.only, allMeasures);
const peers = knownNames('--peers', values.peers, peerNames);
const transports = ['thread', 'process', 'inline'] as const;
const transport = values.transport === undefined ? undefined : knownName('--transport', values.transport, transports);
const rounds = wholeNumber('--rounds', values.rounds);
const timeoutMs = wholeNumber('--seconds', values.seconds) * 1_000;

// By the environment, for it is polyloop's workers that must know it too.
if (values.built) process.env['BENCH_BUILT'] = '1';
endChildrenWithThisProcess();
const code = values.built ? 'as built' : 'from its sources';
const work = values.quick ? ', a tenth of the work (--quick)' : '';
console.log(`${machine()}\n\n2 workers, medians of ${rounds} rounds${work}; polyloop ${code}.`);

const entered = await entrants();
for (const measure of measures.filter(({ name }) => only.includes(name))) {
  const contenders = entered
    .filter(({ takesPartIn }) => takesPartIn.includes(measure.name))
    .map((entrant) => ({ ...entrant, rounds: [] }));
  const leftOut = await runRounds(measure, contenders);
  console.log(`\n### ${measure.title} (\`${measure.name}\`)\n\n${tableOf(measure, contenders)}`);
  if (leftOut.length > 0) console.log(`\n${leftOut.map((line) => `* ${line}`).join('\n')}`);
}

async function entrants(): Promise<Entrant[]> {
  const hasPython = pythonVersion() !== undefined;
  const some: Entrant[] = [];
  for (const name of peers) {
    if (name.startsWith('python') && !hasPython) {
      console.error(`${name} is left out: there is no python3 here.`);
      continue;
    }
    for (const peer of await loadPeer(name)) {
      if (transport !== undefined && peer.transport !== transport) continue;
      some.push({ peer: name, transport: peer.transport, takesPartIn: peer.measures, rounds: [] });
    }
  }
  return some;
}

/** Fills in the contenders' rounds; returns a line for each that could not be measured in one. */
async function runRounds(measure: Measure, contenders: readonly Contender[]): Promise<string[]> {
  const leftOut: string[] = [];
  const total = rounds * (measure.moreRounds ?? 1);
  for (let round = 0; round < total; round++) {
    // Each round starts with another peer: a machine that slows down must not slow down the same one every time.
    const first = contenders.length === 0 ? 0 : round % contenders.length;
    for (const contender of [...contenders.slice(first), ...contenders.slice(0, first)]) {
      const who = `${contender.peer} (${contender.transport})`;
      const measured = await measureInChild(childArgs(measure, contender.peer, contender.transport), timeoutMs);
      if (measured.ok) contender.rounds.push(measured.figures);
      else leftOut.push(`${who} is left out of round ${round + 1}: ${measured.why}`);
      const outcome = measured.ok ? JSON.stringify(measured.figures) : measured.why;
      console.error(`${measure.name} ${round + 1}/${total} ${who} ${outcome}`);
    }
  }
  return leftOut;
}

function childArgs(measure: Measure, peer: PeerName, on: Peer['transport']): string[] {
  return [
    ...(measure.nodeFlags ?? []),
    fileURLToPath(new URL('./measure.ts', import.meta.url)),
    ...['--measure', measure.name, '--peer', peer, '--transport', on],
    ...(values.quick ? ['--quick'] : []),
  ];
}
