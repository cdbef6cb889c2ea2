// The crew of a run as its flags say, with what changes them while it runs: their files, and SIGUSR2.
import type { Pool } from '../index.ts';
import { Crew, mostAtOnce } from './crew.ts';
import { LiveNumber, type NumberOrFile } from './live-number.ts';
import type { MapCommandOptions } from './map-command.ts';
import type { Screen } from './progress/screen.ts';
import { coreCount, wholeNumber, workerCount } from './quantities.ts';
import { UsageError } from './usage-error.ts';

export class LiveCrew {
  readonly crew: Crew;
  readonly workers: LiveNumber;
  /** Hears that more calls may be made. */
  onRoom: () => void = () => {};
  readonly #concurrency: LiveNumber | undefined;
  readonly #screen: Screen;

  /** Throws a {@link UsageError} where a file has no such number. */
  constructor({ workers, concurrency, kind }: MapCommandOptions, pool: Pool, screen: Screen) {
    this.#screen = screen;
    this.workers = this.#live('-j', kind === 'inline' ? 1 : (workers ?? coreCount()), workerCount);
    this.#concurrency = typeof concurrency === 'object' ? this.#live('-c', concurrency, atOnce) : undefined;
    this.crew = new Crew({ pool, workers: this.workers, concurrency: this.#concurrency });
  }

  /** Looks at the files now, and tells what is so. */
  look(): void {
    const all = this.#all.filter(({ isLive }) => isLive);
    for (const each of all) each.look();
    const hint = all.length > 0 ? '' : ' With -j @FILE or -c @FILE that could be changed while it runs.';
    this.#screen.say(`${this.crew.described}.${hint}`);
  }

  end(): void {
    for (const each of this.#all) each.end();
  }

  get #all(): LiveNumber[] {
    return [this.workers, this.#concurrency].filter((each) => each !== undefined);
  }

  #live(flag: string, from: NumberOrFile, read: (written: string) => number): LiveNumber {
    return new LiveNumber(from, {
      flag,
      read,
      onChange: () => {
        this.crew.fit();
        this.onRoom();
        this.#screen.say(`From now on ${this.crew.described}.`);
      },
      onProblem: (why) => this.#screen.say(why),
    });
  }
}

function atOnce(written: string): number {
  const value = wholeNumber(1)(written);
  if (value <= mostAtOnce) return value;
  throw new UsageError(`It takes no more than ${mostAtOnce}.`);
}
