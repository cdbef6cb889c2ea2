// A thread beside the worker's loop, which sleeps in the kernel until something comes through its pipe. A blocked loop cannot
// see that its parent is gone, and cannot give back what it has not started; this thread does both:
//
//   * Where the pipe closes, the pool's process is gone. The loop gets a moment to end by itself, then the process is ended.
//   * Where the pool asks for the rest of a run, it closes the claims of it and answers from which place on the pool has it.
//
// It costs about 10 MB. (Asking for a signal at the parent's death would be cheaper, but no API of Node does, nor any way
// that works beyond Linux.) It is given as text, for that starts soonest.
import { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';

import { setTimeout } from '../../task/platform.ts';
import { takeBack, type Claims } from '../../wire/claims.ts';

/** What the pool asks: the number of a run, and its generation. */
export const questionBytes = 8;
/** What it is answered: the same, and the place. */
export const answerBytes = 12;

/** What the worker does with questions. Given as text to the thread, so it uses nothing from around it. */
function answering(take: typeof takeBack, words: Int32Array, write: (answer: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (; rest.length >= 8; rest = rest.subarray(8)) {
      const bytes = Buffer.alloc(12);
      rest.copy(bytes, 0, 0, 8);
      bytes.writeUInt32LE(take(words, rest.readUInt32LE(0), rest.readUInt32LE(4)), 8);
      write(bytes);
    }
  };
}

const code = `
const { Socket } = require('node:net');
const { parentPort, workerData: words } = require('node:worker_threads');
const takeBack = ${takeBack.toString()};
const lifeline = new Socket({ fd: 4, readable: true, writable: true });
lifeline.on('data', (${answering.toString()})(takeBack, words, (bytes) => lifeline.write(bytes)));
lifeline.on('error', () => {});
parentPort.postMessage('listens');
lifeline.on('close', () => setTimeout(() => process.kill(process.pid, 'SIGKILL'), 300));
`;

/** Stands for no run: the last word of the claims, which no run ever has. To ask for it asks whether the process runs. */
export const noRun = 2 ** 21 - 1;
/** The place in the answer to that where the loop of the worker answers, for want of a thread: a loop that is held does not. */
export const answeredByLoop = 1;
/** Where there may be no more threads, it is tried again after so long, and then after twice as long each time. */
const firstRetryMs = 500;
const longestRetryMs = 30_000;

export function startLifeline(claims: Claims): void {
  let retryMs = firstRetryMs;
  let isHere = false;
  const start = (): void => {
    try {
      startThread(claims, failed);
    } catch (error) {
      failed(error);
    }
  };
  const failed = (error: unknown): void => {
    if (!isHere) listenHere(claims);
    isHere = true;
    // The permission model forbids threads for good.
    if ((error as { code?: unknown } | null)?.code === 'ERR_ACCESS_DENIED') return;
    setTimeout(start, retryMs).unref();
    retryMs = Math.min(longestRetryMs, 2 * retryMs);
  };
  start();
}

/** `failed` is called where the thread does not come up. */
function startThread(claims: Claims, failed: (error: unknown) => void): void {
  const thread = new Worker(code, {
    eval: true,
    name: 'polyloop lifeline',
    workerData: claims.words,
    env: {},
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 },
  });
  let hasPipe = false;
  thread.once('message', () => {
    hasPipe = true;
  });
  thread.on('error', (error: unknown) => {
    // It could not start. When it dies later the pipe is gone with it.
    if (!hasPipe) failed(error);
  });
  thread.unref();
}

/**
 * Without a thread the loop of the worker answers. While it is blocked it keeps what it has not started, and outlives its
 * parent; that is no reason to die. Where a thread comes up later, both read: a question comes whole to one of them.
 */
function listenHere(claims: Claims): void {
  const lifeline = new Socket({ fd: 4, readable: true, writable: true });
  lifeline.on(
    'data',
    answering(takeBack, claims.words, (bytes) => {
      if (bytes.readUInt32LE(0) === noRun) bytes.writeUInt32LE(answeredByLoop, questionBytes);
      lifeline.write(bytes);
    }),
  );
  lifeline.on('error', () => {
    // The pool's process is gone. The channel of messages ends too, and with it this process.
  });
  lifeline.unref();
}

/** The pool's side: puts the answers together again. */
export function answersOf(onAnswer: (run: number, from: number) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (; rest.length >= answerBytes; rest = rest.subarray(answerBytes))
      onAnswer(rest.readUInt32LE(0), rest.readUInt32LE(questionBytes));
  };
}

export function question(run: number, generation: number): Buffer {
  const bytes = Buffer.alloc(questionBytes);
  bytes.writeUInt32LE(run, 0);
  bytes.writeUInt32LE(generation, 4);
  return bytes;
}
