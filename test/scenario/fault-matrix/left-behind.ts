// What a process holds, to be compared before and after; and the processes that a program has left.
import { readdirSync, readFileSync } from 'node:fs';

import { markVariable } from '../../tasks/faults.ts';

/** What the loop has for a turn comes and goes. */
const passing = new Set(['Immediate', 'TickObject', 'FSReqCallback', 'FSReqPromise', 'CloseReq']);

/** Handles, listeners and file descriptors, as a text that is equal where nothing has changed. */
export function holdings(): string {
  const handles = process.getActiveResourcesInfo().filter((name) => !passing.has(name));
  const listeners = process
    .eventNames()
    .map((event) => `${String(event)} ${process.listenerCount(event)}`)
    .filter((line) => !line.endsWith(' 0'));
  return [
    `handles: ${handles.sort().join(', ')}`,
    `listeners: ${listeners.sort().join(', ')}`,
    `file descriptors: ${readdirSync('/proc/self/fd').length}`,
  ].join('\n');
}

/** All processes that live and were started with this mark, or by one that was. */
export function processesMarked(mark: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && isMarked(name, mark))
    .map(Number);
}

function isMarked(pid: string, mark: string): boolean {
  try {
    // Of a process that has ended, and that nobody has asked about yet, it is empty.
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${markVariable}=${mark}`);
  } catch {
    return false;
  }
}
