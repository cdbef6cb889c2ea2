// Functions that do with polyloop's channels what nobody should.
import { appendFileSync, closeSync, existsSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { isMainThread, workerData, type MessagePort } from 'node:worker_threads';

import { task } from '../support/task.ts';
import { encodeFrame } from '../../src/wire/frame.ts';
import type { Message } from '../../src/wire/messages.ts';
import { framed } from '../support/frames.ts';

const forLong = 20_000;

function port(): MessagePort {
  if (isMainThread) throw new Error('only a thread has a port');
  return (workerData as { port: MessagePort }).port;
}

/** Writes bytes to a file descriptor, as far as they go, and waits. */
export const writeBytes = task(import.meta, async function writeBytes(fd: number, bytes: Uint8Array): Promise<void> {
  writeSync(fd, bytes);
  await sleepFor(forLong);
});

/** Says something that is no message, over whatever there is, and waits. */
export const sayNonsense = task(import.meta, async function sayNonsense(batch: unknown): Promise<void> {
  if (isMainThread) writeSync(3, encodeFrame(batch as Message[]));
  else port().postMessage(batch, []);
  await sleepFor(forLong);
});

/** Promises a frame of two gigabytes, and sends little of it. */
export const promiseMuch = task(import.meta, async function promiseMuch(): Promise<void> {
  writeSync(3, framed(Buffer.alloc(1_000), { length: 0x7fff_ffff }));
  await sleepFor(forLong);
});

/** Closes it once it is in use: the lifeline is opened by a thread that comes up beside the first tasks. */
export const closeChannel = task(import.meta, async function closeChannel(fd: number): Promise<void> {
  if (isMainThread) {
    while (!isWatched(fd)) await sleepFor(1);
    closeSync(fd);
  } else port().close();
  await sleepFor(forLong);
});

/** True where a loop of this process waits for what comes through it. */
function isWatched(fd: number): boolean {
  const folder = '/proc/self/fdinfo';
  if (!existsSync(folder)) return true;
  return readdirSync(folder).some((each) => {
    try {
      return new RegExp(`^tfd:\\s+${fd} `, 'm').test(readFileSync(`${folder}/${each}`, 'utf8'));
    } catch {
      // It was closed meanwhile.
      return false;
    }
  });
}

/** Notes that it runs, and then writes bytes to a file descriptor. */
export const noteAndWrite = task(
  import.meta,
  async function noteAndWrite(file: string, fd: number, bytes: Uint8Array): Promise<void> {
    appendFileSync(file, 'started\n');
    writeSync(fd, bytes);
    await sleepFor(forLong);
  },
);

/** Its worker takes so long to leave. */
export const slowExit = task(import.meta, function slowExit(file: string, ms: number): void {
  process.on('exit', () => {
    const end = performance.now() + ms;
    while (performance.now() < end);
    appendFileSync(file, 'left\n');
  });
});
