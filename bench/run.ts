// Throughput, beside the peers: every figure of one run, the peers taking turns in every round, medians of the rounds.
//
//     npm run bench                 all peers, three rounds
//     npm run bench -- --rounds 5
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';

import { isMain } from '../src/index.ts';
import type { OpenPeer, Peer } from './peers/peer.ts';

interface Measure {
  readonly name: string;
  /** How many tasks; fewer for peers that need a message for each. */
  readonly tasks: number;
  go(peer: OpenPeer, tasks: number): Promise<void>;
}

const measures: Measure[] = [
  {
    name: 'submitted at once',
    tasks: 50_000,
    async go(peer, tasks) {
      const results = await Promise.all(Array.from({ length: tasks }, (_, n) => peer.run(n)));
      if (results.some((result, n) => result !== n + 1)) throw new Error('a wrong result');
    },
  },
  {
    name: '256 callers in turn',
    tasks: 50_000,
    async go(peer, tasks) {
      let next = 0;
      const caller = async (): Promise<void> => {
        while (next < tasks) {
          const n = next++;
          if ((await peer.run(n)) !== n + 1) throw new Error('a wrong result');
        }
      };
      await Promise.all(Array.from({ length: 256 }, caller));
    },
  },
];

const hangMs = 30_000;

function median(values: readonly number[]): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}

/** Tasks a millisecond; NaN for a peer that hangs, which happens, and must not take the whole run with it. */
async function rate(peer: Peer, measure: Measure): Promise<number> {
  let timer: NodeJS.Timeout | undefined;
  const hung = new Promise<number>((resolve) => {
    timer = setTimeout(() => {
      console.error(`${peer.name} (${peer.transport}) hangs; it is left out of this round`);
      resolve(NaN);
    }, hangMs);
  });
  const measured = await Promise.race([once(peer, measure), hung]);
  clearTimeout(timer);
  return measured;
}

async function once(peer: Peer, { tasks, go }: Measure): Promise<number> {
  const open = await peer.open();
  try {
    await go(open, tasks >> 3);
    const startedAt = performance.now();
    await go(open, tasks);
    return tasks / (performance.now() - startedAt);
  } finally {
    await open.close();
  }
}

if (isMain(import.meta)) {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '3' } } });
  const rounds = Number(values.rounds);
  const modules = await Promise.all(
    ['polyloop', 'piscina', 'tinypool', 'workerpool', 'poolifier'].map(
      (name) => import(`./peers/${name}.ts`) as Promise<{ peers: Peer[] }>,
    ),
  );
  const peers = modules.flatMap((module) => module.peers);
  console.log(
    `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model}, 2 workers, medians of ${rounds} rounds, thousand tasks a second\n`,
  );
  for (const measure of measures) {
    for (const transport of ['thread', 'process'] as const) {
      const contenders = peers.filter((peer) => peer.transport === transport);
      const rates = new Map(contenders.map((peer) => [peer, [] as number[]]));
      for (let round = 0; round < rounds; round++) {
        for (const peer of contenders) rates.get(peer)?.push(await rate(peer, measure));
      }
      const best = Math.max(
        ...contenders.filter(({ name }) => name !== 'polyloop').map((peer) => median(rates.get(peer) ?? [])),
      );
      console.log(`${measure.name}, ${transport}`);
      for (const [peer, seen] of rates) {
        const own = median(seen);
        const ratio = peer.name === 'polyloop' ? `   ${(own / best).toFixed(1)} × the best peer` : '';
        console.log(`  ${peer.name.padEnd(12)} ${own.toFixed(own < 10 ? 1 : 0).padStart(6)}${ratio}`);
      }
    }
  }
  process.exit(0);
}
