// Our end of the killer: starts it, counts what it says that it did, and ends it.
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const deeds = ['kill', 'stop', 'continue', 'starve'] as const;
export type Deed = (typeof deeds)[number];

/** So many that die at their start, one after the other, and the pool starts no more for a while (src/pool/breaker.ts). */
const deathsToRefusal = 3;
/** On a busy machine workers take seconds to come up, so those three may be far apart. */
const refusalMs = 30_000;

export class Killer {
  readonly counts: Record<Deed, number> = { kill: 0, stop: 0, continue: 0, starve: 0 };
  /** When workers were killed that may not have been up, of late. */
  #youngDeaths: number[] = [];
  readonly #hasWorked: (pid: number) => boolean;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;

  /** It asks of those that it kills whether they have ended any task, and so were up. */
  constructor(seed: number, hasWorked: (pid: number) => boolean) {
    this.#hasWorked = hasWorked;
    const program = fileURLToPath(new URL('./killer.ts', import.meta.url));
    this.#child = spawn(process.execPath, [program, String(seed), String(process.pid)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#hear(line));
  }

  #hear(line: string): void {
    const [word, pid] = line.split(' ');
    const deed = deeds.find((each) => each === word);
    if (deed === undefined) return;
    this.counts[deed]++;
    if (deed === 'kill' && !this.#hasWorked(Number(pid))) this.#youngDeaths.push(performance.now());
  }

  /** True where a pool may have been left without a worker that comes up, by our doing. */
  get mayHaveRefused(): boolean {
    return this.#recentYoungDeaths() >= deathsToRefusal;
  }

  /** True where some worker may have died before it was up. */
  get mayHaveKilledAtStart(): boolean {
    return this.#recentYoungDeaths() > 0;
  }

  #recentYoungDeaths(): number {
    const since = performance.now() - refusalMs;
    this.#youngDeaths = this.#youngDeaths.filter((at) => at > since);
    return this.#youngDeaths.length;
  }

  /** Resolves when it is gone, and nobody is stopped by it any more. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null) throw new Error(`the killer ended by itself, with code ${this.#child.exitCode}`);
    const gone = once(this.#child, 'close');
    this.#child.stdin.end();
    await gone;
  }
}
