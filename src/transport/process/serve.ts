// What a worker process does. stdin, stdout, stderr, `process.send` and its messages are the user's.
import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';

import { exitProcess, isNextTickReplaced, setTimeout } from '../../task/platform.ts';
import { mostFrameBytes } from '../../wire/byte-size.ts';
import { encodeFrame, FrameReader } from '../../wire/frame.ts';
import { Claims } from '../../wire/claims.ts';
import { OwnOutput } from '../../worker/own-output.ts';
import { TaskWorker } from '../../worker/task-worker.ts';
import { becomeWorker } from '../surroundings/started-as.ts';
import { ExitDrain } from './exit-drain.ts';
import { giveAway } from './give-away.ts';
import { Ledger } from './ledger.ts';
import { noRun, startLifeline } from './lifeline.ts';

becomeWorker();

const readBytes = 1 << 18;
/** More than a pool ever has in one worker; what is not used of it is not there. */
const mostRuns = noRun + 1;
const claims = Claims.ofRuns(mostRuns);

// Where no such file could be made, something else stands there.
const ledger = hasLedger() ? new Ledger(5) : undefined;
const channel = new Socket({
  fd: 3,
  readable: true,
  writable: true,
  // One buffer for all reads; what is read is decoded, and so copied, before the next.
  onread: {
    buffer: Buffer.allocUnsafeSlow(readBytes),
    callback(length, buffer) {
      try {
        reader.read(Buffer.from(buffer.buffer, buffer.byteOffset, length));
      } catch (error) {
        // Nothing that follows can be read either.
        worker.broken(error);
        return false;
      }
      return true;
    },
  },
});
const exitDrain = new ExitDrain();
let graceMs = 0;
const worker = new TaskWorker({
  send(batch, transfer) {
    const frame = encodeFrame(batch);
    // Nothing may fail once the frame is on its way.
    if (transfer !== undefined) giveAway(transfer);
    channel.write(frame);
  },
  sharesMemory: false,
  mostBytes: mostFrameBytes,
  claims,
  claimsOutliveIt: false,
  note: (run, count, now) => ledger?.note(run, count, now) === true,
  get isBehind() {
    return channel.writableLength > 0;
  },
  whenSent,
  output: new OwnOutput(
    (message) => channel.write(encodeFrame([message])),
    (stream, fd) => exitDrain.add(stream, fd),
  ),
  setGrace(ms) {
    graceMs = ms;
  },
  end(exitCode = 0) {
    if (isNextTickReplaced()) whenSent(() => exitProcess(exitCode));
    else channel.end(() => exitProcess(exitCode));
  },
});

/** Calls it when all that was written has left. */
function whenSent(then: () => void): void {
  if (!isNextTickReplaced()) channel.write('', () => then());
  // Then streams call nobody back.
  else if (channel.writableLength > 0) setTimeout(() => whenSent(then), 1);
  else then();
}

const reader = new FrameReader((batch) => worker.receive(batch));
// The pool's process is gone, or has let go of us.
channel.on('end', () => exitProcess(0));
channel.on('error', () => exitProcess(0));

let isDying = false;
process.on('uncaughtExceptionMonitor', (error) => {
  isDying = true;
  worker.dying(error);
});
process.on('exit', () => {
  worker.flush();
  try {
    exitDrain.drain(graceMs);
    // Node prints the exception behind this, in one piece or not at all.
    if (isDying) exitDrain.block();
  } catch {
    // Code of the user has replaced a part of the streams.
  }
});

function hasLedger(): boolean {
  try {
    return fstatSync(5).isFile();
  } catch {
    return false;
  }
}

startLifeline(claims);
