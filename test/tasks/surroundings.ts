// What a worker knows of its surroundings.
import { context, task, type WorkerInfo } from '../../src/index.ts';

const { worker: workerAtLoad, taskId: taskIdAtLoad, attempt: attemptAtLoad } = context();

export const atLoad = task(import.meta, function atLoad(): Pick<WorkerInfo, 'id' | 'kind' | 'pid'> & {
  taskId: number;
  attempt: number;
} {
  const { id, kind, pid } = workerAtLoad;
  return { id, kind, pid, taskId: taskIdAtLoad, attempt: attemptAtLoad };
});

export const ownId = task(import.meta, function ownId(): [number, number] {
  return [context().worker.id, process.pid];
});

/** In a timer, which belongs to no task. */
let idInTimer = -1;
export const idOutside = task(import.meta, async function idOutside(): Promise<number> {
  return idInTimer;
});
setInterval(() => (idInTimer = context().worker.id), 1).unref();

export const variable = task(import.meta, function variable(name: string): [boolean, string | undefined] {
  return [name in process.env, process.env[name]];
});

export const setVariable = task(import.meta, function setVariable(name: string, value: string): void {
  process.env[name] = value;
});

export const ownArguments = task(import.meta, function ownArguments(): string[] {
  return process.argv.slice(2);
});

export const ownFlags = task(import.meta, function ownFlags(): string[] {
  return process.execArgv;
});

export const hasOwnEntry = task(import.meta, function hasOwnEntry(): boolean {
  return globalThis.hasOwnWorkerEntry === true;
});

/** How much the heap may hold, in MB. */
export const heapLimit = task(import.meta, function heapLimit(): number {
  const { getHeapStatistics } = process.getBuiltinModule('node:v8');
  return getHeapStatistics().heap_size_limit / 2 ** 20;
});

/** Moves what cannot be moved. */
export const giveWrongly = task(import.meta, function giveWrongly(what: 'view' | 'shared' | 'plain'): void {
  const wrong = { view: new Uint8Array(1), shared: new SharedArrayBuffer(1), plain: {} }[what];
  context().transfer([new ArrayBuffer(1), wrong as unknown as ArrayBuffer]);
});

/** Moves the same buffer again and again. */
export const give = task(import.meta, function give(bytes: number, times: number): ArrayBuffer {
  const buffer = new ArrayBuffer(bytes);
  for (let at = 0; at < times; at++) context().transfer([buffer, buffer]);
  return buffer;
});

export const lengths = task(import.meta, function lengths(buffers: readonly ArrayBuffer[]): number[] {
  return buffers.map((buffer) => buffer.byteLength);
});
