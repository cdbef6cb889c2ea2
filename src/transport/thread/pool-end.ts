// The pool's end of a worker thread. Messages go through a channel of their own; `parentPort` stays the user's.
import { finished, type Readable } from 'node:stream';
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';

import type { Transferable } from '../../task/context.ts';
import { isNextTickReplaced } from '../../task/platform.ts';
import { Claims, type RunKey } from '../../wire/claims.ts';
import type { ToPool, ToWorker } from '../../wire/messages.ts';
import { currentFolder } from '../surroundings/current-folder.ts';
import { Departure } from '../departure.ts';
import { failedStart } from '../failed-start.ts';
import { threadMark } from '../surroundings/started-as.ts';
import { workerFile } from '../surroundings/worker-file.ts';
import { pass, usedByThreads } from '../program-output.ts';
import { StderrTail } from '../stderr-tail.ts';
import type { Link, LinkEvents, OutputStream, WorkerSettings } from '../transport.ts';
import { post, PostReader } from './posts.ts';
import type { ThreadData } from './thread-data.ts';
import { threadSurroundings } from './surroundings.ts';

export function startThread(settings: WorkerSettings, events: LinkEvents): Link {
  const { port1: port, port2 } = new MessageChannel();
  const claims = Claims.ofTimedRuns(settings.mostRuns);
  try {
    refuseGoneFolder();
    const file = workerFile(settings.entry, () => new URL('./worker-end.js', import.meta.url));
    const options = {
      // Node looks up options that are not here, and a program may have put them on `Object.prototype`.
      __proto__: null,
      name: settings.name,
      workerData: { [threadMark]: true, port: port2, claims: claims.words, times: claims.times } satisfies ThreadData,
      transferList: [port2],
      argv: [...settings.argv],
      ...threadSurroundings(settings),
      ...(settings.resourceLimits && { resourceLimits: settings.resourceLimits }),
    };
    const worker = new Worker(file, options);
    return new ThreadLink(worker, port, claims, settings, events);
  } catch (error) {
    port.close();
    return failedStart(error, events);
  }
}

/** Node starts no thread there, and says only that `process.cwd` failed. */
function refuseGoneFolder(): void {
  if (currentFolder() !== undefined) return;
  throw new Error(
    'the current folder of this program is gone, and Node starts no thread without one. ' +
      "Call `process.chdir()` with a folder that exists, or use `kind: 'process'`.",
  );
}

class ThreadLink implements Link {
  readonly pid = process.pid;
  readonly isCongested = false;
  readonly mostBytes = Infinity;
  readonly sharesMemory = true;
  readonly #claims: Claims;
  readonly #events: LinkEvents;
  readonly #worker: Worker;
  readonly #port: MessagePort;

  constructor(worker: Worker, port: MessagePort, claims: Claims, settings: WorkerSettings, events: LinkEvents) {
    const { graceMs, onOutput } = settings;
    this.#claims = claims;
    this.#events = events;
    this.#worker = worker;
    this.#port = port;
    // Node passes a thread's stderr on by itself. To ask for it (`stderr: true`) would keep the program alive.
    const tail = new StderrTail(worker.stderr);
    if (onOutput === undefined) usedByThreads();
    else {
      worker.stdout.on('data', (chunk: Buffer) => onOutput('stdout', chunk));
      worker.stderr.on('data', (chunk: Buffer) => onOutput('stderr', chunk));
      // A stream that nothing is piped to any more is paused.
      worker.stdout.unpipe(process.stdout).resume();
      worker.stderr.unpipe(process.stderr).resume();
    }
    const departure = new Departure(() => this.kill(), graceMs);
    const reader = new PostReader((batch) => events.onBatch(batch as ToPool[]));
    port.on('message', (message: unknown) => {
      try {
        reader.read(message);
      } catch (error) {
        // What it sends is no message, so it ends.
        departure.end(error);
      }
    });
    // A worker that lives on without it would neither hear nor say anything any more.
    port.once('close', () => departure.expect('its port to the pool was closed'));
    port.on('messageerror', (error: unknown) => reader.readFailure(error));
    port.unref();
    worker.unref();
    worker.on('error', (error: unknown) => {
      departure.error = error;
    });
    worker.once('exit', (exitCode) => {
      departure.over();
      // What it sent before it ended counts.
      try {
        for (let left = receiveMessageOnPort(port); left !== undefined; left = receiveMessageOnPort(port)) {
          reader.read(left.message);
        }
      } catch (error) {
        // The rest cannot be decoded any more; what it was about fails with the worker.
        departure.error ??= error;
      }
      port.close();
      if (onOutput === undefined) {
        // A slow reader of the program's output does not keep the end of a worker waiting.
        passRest(worker.stdout, 'stdout');
        passRest(worker.stderr, 'stderr');
      }
      whenEnded(worker.stdout, () =>
        whenEnded(worker.stderr, () =>
          events.onExit({ exitCode, signal: null, error: departure.error, stderr: tail.text }),
        ),
      );
    });
  }

  askBack({ number, generation }: RunKey): void {
    this.#events.onTakenBack(number, this.#claims.takeBack(number, generation));
  }

  begun({ number, generation }: RunKey): number {
    return this.#claims.claimed(number, generation);
  }

  begunAt({ number }: RunKey): number {
    return this.#claims.times?.[number] ?? 0;
  }

  send(batch: ToWorker[], transfer?: readonly Transferable[]): void {
    post(this.#port, batch, transfer);
  }

  kill(): void {
    void this.#worker.terminate();
  }
}

/** Hands over what the thread has printed and Node has not passed on yet. */
function passRest(from: Readable, to: OutputStream): void {
  from.on('data', (chunk: Buffer) => pass(to, chunk));
  from.unpipe(process[to]).resume();
}

function whenEnded(stream: Readable, then: () => void): void {
  // Without the real `process.nextTick` a stream does not say that it has ended.
  if (stream.readableEnded || stream.destroyed || isNextTickReplaced()) then();
  else finished(stream, then);
}
