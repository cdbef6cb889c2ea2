// Sends what it is given as if it were polyloop's own, and then ends as any task does.
import { writeSync } from 'node:fs';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { isMainThread, workerData, type MessagePort } from 'node:worker_threads';

import { task } from '../support/task.ts';
import { encodeFrame } from '../../src/wire/frame.ts';
import type { Message } from '../../src/wire/messages.ts';

export const sayAndReturn = task(import.meta, async function sayAndReturn(batch: unknown): Promise<string> {
  // Not alone, for a lone message may be encoded as JSON, which bends what is odd.
  if (isMainThread)
    writeSync(
      3,
      encodeFrame([
        { type: 'pong', rssBytes: 1, activeMs: 0, idleMs: 0, lagMs: 0 } as Message,
        ...(batch as Message[]),
      ]),
    );
  else (workerData as { port: MessagePort }).port.postMessage(batch, []);
  await sleepFor(1);
  return 'done';
});
