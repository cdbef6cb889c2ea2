// What the platform costs without a pool: one message there, one back. It can add one to a number and nothing else.
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

import type { Input, Output, PoolPeer, TaskName } from './peer.ts';

/** One worker and those who wait for its answers, which come in the order of the questions. */
class BareWorker {
  readonly #link: Worker | ChildProcess;
  readonly #waiting: ((answer: number) => void)[] = [];

  constructor(transport: 'thread' | 'process') {
    const file = fileURLToPath(new URL(`./bare-${transport}.mjs`, import.meta.url));
    this.#link = transport === 'thread' ? new Worker(file) : fork(file, { serialization: 'advanced' });
    this.#link.on('message', (answer: number) => this.#waiting.shift()?.(answer));
  }

  ask(n: number): Promise<number> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#link instanceof Worker) this.#link.postMessage(n);
      else this.#link.send(n);
    });
  }

  async close(): Promise<void> {
    if (this.#link instanceof Worker) await this.#link.terminate();
    else this.#link.kill();
  }
}

const bare = (transport: 'thread' | 'process'): PoolPeer => ({
  how: 'pool',
  name: 'bare',
  transport,
  measures: ['latency', 'start'],
  open({ workers: count }) {
    const [first, ...others] = Array.from({ length: count }, () => new BareWorker(transport));
    if (first === undefined) throw new Error('A pool has one worker or more.');
    const workers = [first, ...others];
    return {
      ready: () => Promise.all(workers.map((worker) => worker.ask(0))),
      call<Name extends TaskName>(name: Name) {
        if (name !== 'increment') throw new Error(`There is no \`${name}\` in a bare worker.`);
        return (n: Input<Name>) => first.ask(n as number) as Promise<Output<Name>>;
      },
      close: () => Promise.all(workers.map((worker) => worker.close())),
    };
  },
});

export const peers = [bare('thread'), bare('process')];
