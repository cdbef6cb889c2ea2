import { timed, withPool, workers, type Measure } from './measure.ts';

const megabyte = 1_000_000;
type Bytes = Uint8Array<ArrayBuffer>;

export const buffers: Measure = {
  name: 'buffers',
  title: 'Uint8Arrays there and back, one at a time for each of 2 workers: MB/s, a buffer counted once',
  tasks: 10,
  quickTasks: 2,
  figures: [
    { name: 'small', label: '1 MB, copied', better: 'more' },
    { name: 'large', label: '64 MB, copied', better: 'more' },
    { name: 'smallMoved', label: '1 MB, moved', better: 'more' },
    { name: 'largeMoved', label: '64 MB, moved', better: 'more' },
  ],
  run: (peer, tasks) =>
    withPool(peer, { workers, hasBuffers: true }, async (pool) => {
      const echo = pool.call('echo');
      const copy = async (buffer: Bytes): Promise<Bytes> => {
        const back = await echo(buffer);
        if (!(back instanceof Uint8Array)) throw new Error(`${peer.name} gives back no Uint8Array.`);
        return back as Bytes;
      };
      const { move } = pool;
      const copied = {
        small: await throughput(copy, 1, 32 * tasks),
        large: await throughput(copy, 64, tasks),
      };
      if (move === undefined) return copied;
      return {
        ...copied,
        smallMoved: await throughput(move, 1, 32 * tasks),
        largeMoved: await throughput(move, 64, tasks),
      };
    }),
};

/** A caller for each worker, with a buffer that it gives away and gets back, `times` in all. */
async function throughput(send: (buffer: Bytes) => Promise<Bytes>, sizeMb: number, times: number): Promise<number> {
  let held = Array.from({ length: workers }, () => new Uint8Array(sizeMb * megabyte).fill(7));
  const sendAll = async (rounds: number): Promise<void> => {
    held = await Promise.all(
      held.map(async (first) => {
        let buffer: Bytes = first;
        for (let round = 0; round < rounds; round++) buffer = await send(buffer);
        return buffer;
      }),
    );
  };
  await sendAll(1);
  const rounds = Math.ceil(times / workers);
  const ms = await timed(() => sendAll(rounds));
  if (held.some((buffer) => buffer.length !== sizeMb * megabyte || buffer.at(-1) !== 7)) {
    throw new Error('A wrong result.');
  }
  return (workers * rounds * sizeMb) / (ms / 1_000);
}
