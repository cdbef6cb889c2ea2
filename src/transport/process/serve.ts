// What a worker process does. stdin, stdout, stderr, `process.send` and its messages are the user's.
import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';

import { realm } from '../../task/realm.ts';
import { encodeFrame, FrameReader } from '../../wire/frame.ts';
import type { ToWorker } from '../../wire/messages.ts';
import { TaskWorker } from '../../worker/task-worker.ts';
import { giveAway } from './give-away.ts';
import { Ledger } from './ledger.ts';

realm.isWorker = true;

const readBytes = 1 << 18;

// Where no such file could be made, something else stands there.
const ledger = fstatSync(5).isFile() ? new Ledger(5) : undefined;
const channel = new Socket({
  fd: 3,
  readable: true,
  writable: true,
  // One buffer for all reads; what is read is decoded, and so copied, before the next.
  onread: {
    buffer: Buffer.allocUnsafeSlow(readBytes),
    callback(length, buffer) {
      reader.read(Buffer.from(buffer.buffer, buffer.byteOffset, length));
      return true;
    },
  },
});
const worker = new TaskWorker({
  send(batch, transfer) {
    const frame = encodeFrame(batch);
    // Nothing may fail once the frame is on its way.
    if (transfer !== undefined) giveAway(transfer);
    channel.write(frame);
  },
  sharesMemory: false,
  claims: undefined,
  note: (run, firstId, count) => ledger?.note(run, firstId, count) === true,
  get isBehind() {
    return channel.writableLength > 0;
  },
  whenSent(then) {
    channel.write('', () => then());
  },
  end() {
    channel.end(() => process.exit(0));
  },
});
const reader = new FrameReader((batch) => worker.receive(batch as ToWorker[]));
// The pool's process is gone, or has let go of us.
channel.on('end', () => process.exit(0));
channel.on('error', () => process.exit(0));

// Ctrl-C reaches every process of the terminal. What it means is for the pool's process to say.
process.on('SIGINT', () => {});
process.on('uncaughtExceptionMonitor', (error) => worker.dying(error));
process.on('exit', () => worker.flush());

// A blocked loop cannot see that its parent is gone, so a thread of its own watches. It costs about 10 MB, and no time:
// it sleeps in the kernel. (Asking for a signal at the parent's death would be cheaper, but no API of Node does, nor any
// way that works beyond Linux.) The loop gets a moment to end by itself first.
const watcher = new Worker(
  `const { Socket } = require('node:net');
   const lifeline = new Socket({ fd: 4, readable: true, writable: false });
   lifeline.on('error', () => {});
   lifeline.on('close', () => setTimeout(() => process.kill(process.pid, 'SIGKILL'), 300));
   lifeline.resume();`,
  {
    eval: true,
    name: 'polyloop lifeline',
    env: {},
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 },
  },
);
watcher.on('error', () => {
  // Without it only a blocked loop outlives its parent, which is no reason to die.
});
watcher.unref();
