// The article's third program, and where it wanted to arrive: asynchronous tasks over processes, each with its own event loop.
import { setTimeout as sleep } from 'node:timers/promises';

import { AsyncTask, isMain, ParallelAsyncTaskExecutor, portable } from '../../src/index.ts';

class DummyAsyncTask extends AsyncTask {
  static {
    portable(import.meta, this);
  }
  readonly name: string;
  readonly sleepMs: number;

  constructor(name: string, sleepMs: number) {
    super();
    this.name = name;
    this.sleepMs = sleepMs;
  }

  async run(): Promise<void> {
    console.log(`${this.name}: Hello from process(id=${process.pid})`);
    await sleep(this.sleepMs);
  }
}

if (isMain(import.meta)) {
  const [count = 2, sleepMs = 100] = process.argv.slice(2).map(Number);
  const tasks = Array.from({ length: count }, (_, at) => new DummyAsyncTask(`DummyAsyncTask ${at + 1}`, sleepMs));
  const startedAt = performance.now();
  await new ParallelAsyncTaskExecutor(2).executeTasks(tasks);
  console.log(`${count} tasks in ${Math.round(performance.now() - startedAt)} ms`);
}
