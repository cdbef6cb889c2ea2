// A program of its own, for cases in which it is the end of a program that counts.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import type { Peer } from './peers/peer.ts';

export interface Program {
  readonly firstLine: Promise<string>;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts the `program` of a case, with the same peer. */
export function startProgram(name: string, peer: Peer): Program {
  const one = fileURLToPath(new URL('./one.ts', import.meta.url));
  const args = [one, '--case', name, '--peer', peer.name, '--on', peer.on, '--program'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  return {
    firstLine: once(createInterface(child.stdout), 'line').then(([line]) => String(line)),
    ended: once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string),
    kill: (signal) => child.kill(signal),
  };
}

/** Where nobody waits for orphans, one that has ended still has an id: it is a zombie, and no longer runs. */
export function isRunning(pid: number): boolean {
  try {
    const state = /\) (\w) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
    return state !== 'Z' && state !== 'X';
  } catch {
    return false;
  }
}
