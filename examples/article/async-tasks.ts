// The article's first program: asynchronous tasks in one process. While one waits, the others go on.
import { setTimeout as sleep } from 'node:timers/promises';

import { AsyncTask } from '../../src/index.ts';

class HelloTask extends AsyncTask {
  readonly name: string;

  constructor(name: string) {
    super();
    this.name = name;
  }

  async run(): Promise<void> {
    console.log(`${this.name}: async task!`);
    await sleep(100);
  }
}

await Promise.all(['AsyncTask 1', 'AsyncTask 2'].map((name) => new HelloTask(name).run()));
