// Keeps two commands from writing the same files: a file beside them that says who does, and is stale when nobody does.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';

import { UsageError } from '../usage-error.ts';

/** A process, and when it was started where the system tells: numbers of processes are used again. */
interface Owner {
  readonly pid: number;
  readonly startedAt: string;
}

export class Lock {
  readonly #file: string;
  readonly #remove = (): void => rmSync(this.#file, { force: true });

  /** Throws a {@link UsageError} where another process has it. */
  constructor(of: string) {
    this.#file = `${of}.lock`;
    const own: Owner = { pid: process.pid, startedAt: startOf(process.pid) };
    for (;;) {
      try {
        writeFileSync(this.#file, JSON.stringify(own), { flag: 'wx' });
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        const text = textIn(this.#file);
        // One that was cut off when the system went down begins as all do.
        if (text !== undefined && !text.startsWith(begin.slice(0, text.length)))
          throw new UsageError(
            `${this.#file} is no lock of polyloop, and would be written over. Name ${of} differently.`,
          );
        const owner = ownerIn(text);
        if (owner !== undefined && isAlive(owner)) {
          throw new UsageError(
            `${of} is being written by process ${owner.pid}. Wait for it, or end it first. (So says ${this.#file}.)`,
          );
        }
        rmSync(this.#file, { force: true });
      }
    }
    process.on('exit', this.#remove);
  }

  release(): void {
    process.off('exit', this.#remove);
    this.#remove();
  }
}

/** How the text of each lock begins. */
const begin = '{"pid":';

/** Undefined where it is gone by now. */
function textIn(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function ownerIn(text: string | undefined): Owner | undefined {
  try {
    const owner = JSON.parse(text ?? '') as Partial<Owner>;
    return Number.isSafeInteger(owner.pid) ? (owner as Owner) : undefined;
  } catch {
    // It was being written when the system went down.
    return undefined;
  }
}

function isAlive({ pid, startedAt }: Owner): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return startOf(pid) === startedAt;
}

/** Empty where the system does not tell. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
