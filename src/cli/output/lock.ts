// Keeps two commands from writing the same file: a file beside it that says who does. It is taken at once or not at all; it is
// stale when its owner is known to be gone; and where that cannot be known, the command refuses and says how to go on.
import { linkSync, readFileSync, readlinkSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join, relative } from 'node:path';

import { currentFolder } from '../current-folder.ts';
import { messageOf } from '../message-of.ts';
import { UsageError } from '../usage-error.ts';
import { placeOf } from './uses.ts';

/** A process, of all that have been: its number is used again, by the next start of the machine and in every container. */
interface Owner {
  readonly pid: number;
  /** Empty where the system does not tell, as those that follow. */
  readonly startedAt: string;
  readonly host?: string;
  /** Which start of the machine. */
  readonly boot?: string;
  /** In which its number counts: each container has one of its own. */
  readonly pids?: string;
}

/** Everything that is written, as long as it is. */
export class Lock {
  readonly #files: string[] = [];
  readonly #own = JSON.stringify(ownSelf());
  readonly #remove = (): void => {
    for (const file of this.#files.splice(0)) if (textIn(file) === this.#own) rmSync(file, { force: true });
  };

  /** Throws a {@link UsageError} where another process writes one of them, or may do so. */
  constructor(files: readonly string[]) {
    process.on('exit', this.#remove);
    try {
      const taken = new Set<string>();
      for (const of of files) {
        for (const file of locksOf(of)) {
          if (taken.has(file)) continue;
          taken.add(file);
          this.#take(file, of);
        }
      }
    } catch (error) {
      this.release();
      throw error;
    }
  }

  release(): void {
    process.off('exit', this.#remove);
    this.#remove();
  }

  #take(file: string, of: string): void {
    while (!make(file, this.#own, of)) {
      const text = textIn(file);
      // It is gone by now.
      if (text === undefined) continue;
      // One that was cut off when the system went down begins as all do.
      if (!text.startsWith(begin.slice(0, text.length)))
        throw new UsageError(
          `${shown(file)} is no lock of polyloop, and would be written over. Name ${of} differently.`,
        );
      const owner = ownerIn(text);
      const state = owner === undefined ? 'gone' : stateOf(owner);
      if (state === 'lives')
        throw new UsageError(
          `${of} is being written by process ${owner?.pid}. Wait for it, or end it first. (So says ${shown(file)}.)`,
        );
      if (state === 'unknown')
        throw new UsageError(
          `${of} is being written by process ${owner?.pid} of ${owner?.host ?? 'another machine'}, or was when that was killed: ` +
            `from here it cannot be told. If nobody writes it any more, remove ${shown(file)} and run this again.`,
        );
      removeStale(file, text, of);
    }
    this.#files.push(file);
  }
}

/** Beside the file that is meant, whatever it is called; and where it has several names, in one place for all of them. */
function locksOf(of: string): string[] {
  const stats = statSync(of, { throwIfNoEntry: false });
  const real = stats === undefined ? placeOf(of) : realpathSync(of);
  const locks = [`${real}.lock`];
  if (stats !== undefined && stats.nlink > 1) locks.push(join(tmpdir(), `polyloop-${stats.dev}-${stats.ino}.lock`));
  return locks;
}

/** With all of its text at once, or not at all. False where it is there. */
function make(file: string, text: string, of: string): boolean {
  const draft = `${file}.${process.pid}-${process.hrtime.bigint()}`;
  try {
    writeFileSync(draft, text, { flag: 'wx' });
    linkSync(draft, file);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    // Not every file system has links.
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS') return makeInTwoSteps(file, text, of);
    throw notLocked(file, of, error);
  } finally {
    rmSync(draft, { force: true });
  }
}

function makeInTwoSteps(file: string, text: string, of: string): boolean {
  try {
    writeFileSync(file, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw notLocked(file, of, error);
  }
}

/** The draft of a lock is nothing that anybody knows of. */
function notLocked(file: string, of: string, error: unknown): UsageError {
  const { code, message } = error as NodeJS.ErrnoException;
  const why = message.replace(/, \w+ '.*$/s, '');
  const hint = code === 'ENOSPC' || code === 'EDQUOT' ? 'Make room there' : 'Let this user write to its folder';
  return new UsageError(
    `Cannot lock ${of}: while it is written, ${shown(file)} stands beside it, and that cannot be made (${why}). ${hint}, or name another file.`,
  );
}

const waitMs = 20;
const longestWaitMs = 2_000;

/** Several may find it stale at one moment: one of them removes it, and only if it is still the same. */
function removeStale(file: string, text: string, of: string): void {
  const guard = `${file}.taking`;
  for (let waited = 0; !make(guard, '', of); waited += waitMs) {
    if (waited >= longestWaitMs)
      throw new UsageError(
        `Cannot lock ${of}: ${shown(guard)} was left behind by a program that was killed. Remove it.`,
      );
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, waitMs);
  }
  try {
    if (textIn(file) === text) rmSync(file, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

/** As seen from here, where it is here. */
function shown(file: string): string {
  const path = relative(currentFolder(), file);
  return path.startsWith('..') ? file : path;
}

/** How the text of each lock begins. */
const begin = '{"pid":';

/** Undefined where it is gone by now. */
function textIn(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UsageError(`Cannot read ${file}: ${messageOf(error)}.`);
  }
}

function ownerIn(text: string): Owner | undefined {
  try {
    const owner = JSON.parse(text) as Partial<Owner>;
    return Number.isSafeInteger(owner.pid) ? (owner as Owner) : undefined;
  } catch {
    // It was being written when the system went down.
    return undefined;
  }
}

function ownSelf(): Owner {
  return { pid: process.pid, startedAt: startOf(process.pid), host: hostname(), boot: bootId(), pids: pidNamespace() };
}

/** Numbers of processes tell something only where they are counted as here. */
function stateOf(owner: Owner): 'lives' | 'gone' | 'unknown' {
  const { host = hostname(), boot = bootId(), pids = pidNamespace() } = owner;
  if (host !== hostname()) return 'unknown';
  if (boot !== bootId()) return 'gone';
  if (pids !== pidNamespace()) return 'unknown';
  return isAlive(owner) ? 'lives' : 'gone';
}

function isAlive({ pid, startedAt }: Owner): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return startOf(pid) === startedAt;
}

function startOf(pid: number): string {
  return orEmpty(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  });
}

function bootId(): string {
  return orEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
}

function pidNamespace(): string {
  return orEmpty(() => readlinkSync('/proc/self/ns/pid'));
}

function orEmpty(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
