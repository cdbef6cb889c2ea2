// What a worker thread does.
import { workerData } from 'node:worker_threads';

import { exitProcess } from '../../task/platform.ts';
import { Claims } from '../../wire/claims.ts';
import { OwnOutput } from '../../worker/own-output.ts';
import { TaskWorker } from '../../worker/task-worker.ts';
import { becomeWorker } from '../surroundings/started-as.ts';
import { post, PostReader } from './posts.ts';
import type { ThreadData } from './thread-data.ts';

becomeWorker();

const { port, claims, times } = workerData as ThreadData;
const worker = new TaskWorker({
  send: (batch, transfer) => post(port, batch, transfer),
  sharesMemory: true,
  mostBytes: Infinity,
  claims: new Claims(claims, times),
  claimsOutliveIt: true,
  note: () => true,
  output: new OwnOutput((message) => post(port, [message])),
  isBehind: false,
  whenSent: (then) => then(),
  // Node hands over what the thread has printed before it ends the thread.
  end: (exitCode = 0) => exitProcess(exitCode),
});
const reader = new PostReader((batch) => worker.receive(batch));
port.on('message', (message: unknown) => {
  try {
    reader.read(message);
  } catch (error) {
    worker.broken(error);
  }
});
port.on('messageerror', (error: unknown) => reader.readFailure(error));

process.on('uncaughtExceptionMonitor', (error) => worker.dying(error));
process.on('exit', () => worker.flush());
