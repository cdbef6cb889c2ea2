// Tasks as the article has them.
import { setTimeout as sleepFor } from 'node:timers/promises';

import { AsyncTask, portable, Task } from '../../src/index.ts';

export interface Ran {
  readonly name: number;
  readonly pid: number;
  /** On the clock of the machine, in milliseconds. */
  readonly endedAt: number;
}

export class Sleep extends AsyncTask<Ran> {
  static {
    portable(import.meta, this);
  }
  readonly name: number;
  readonly ms: number;

  constructor(name: number, ms: number) {
    super();
    this.name = name;
    this.ms = ms;
  }

  async run(): Promise<Ran> {
    await sleepFor(this.ms);
    return { name: this.name, pid: process.pid, endedAt: Date.now() };
  }
}

/** Not portable itself. */
export class Forgotten extends Sleep {}

export class Spin extends Task<Ran> {
  static {
    portable(import.meta, this);
  }
  readonly name: number;
  readonly ms: number;

  constructor(name: number, ms: number) {
    super();
    this.name = name;
    this.ms = ms;
  }

  run(): Ran {
    const end = performance.now() + this.ms;
    while (performance.now() < end);
    return { name: this.name, pid: process.pid, endedAt: Date.now() };
  }
}

export class Fail extends AsyncTask<never> {
  static {
    portable(import.meta, this);
  }
  readonly message: string;

  constructor(message: string) {
    super();
    this.message = message;
  }

  async run(): Promise<never> {
    throw new RangeError(this.message);
  }
}
