import type { TaskFunction } from '../../src/index.ts';
import { nodePoolMeasures, type Input, type Output, type PoolPeer, type TaskName } from './peer.ts';
import { Pool, tasks } from './polyloop-code.ts';
import { move } from './polyloop-move.ts';

const referTo = <Name extends TaskName>(name: Name): TaskFunction<(input: Input<Name>) => Output<Name>> =>
  tasks[name] as TaskFunction<(input: Input<Name>) => Output<Name>>;

const polyloop = (transport: 'thread' | 'process'): PoolPeer => ({
  how: 'pool',
  name: 'polyloop',
  transport,
  measures: [...nodePoolMeasures, 'map', 'sleeps'],
  open({ workers, concurrency }) {
    const pool = new Pool({ kind: transport, workers, ...(concurrency !== undefined && { concurrency }) });
    return {
      ready: () => pool.broadcast(tasks.who, null),
      call(name) {
        const task = referTo(name);
        return (input) => pool.run(task, input);
      },
      map: (name, inputs) => pool.map(referTo(name), inputs).toArray(),
      // Over processes nothing can move.
      ...(transport === 'thread' && {
        move: (buffer: Uint8Array<ArrayBuffer>) => pool.with({ transfer: [buffer.buffer] }).run(move, buffer),
      }),
      close: () => pool.close(),
    };
  },
});

export const peers = [polyloop('thread'), polyloop('process')];
