// The pool's end of a worker process. Beside the user's stdin, stdout and stderr the process gets two pipes of ours:
// 3 carries messages; 4 leads to a thread beside the worker's loop, and tells it, by closing, that this process is gone. 5 is
// the ledger.
import { spawn, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';

import type { Transferable } from '../../task/context.ts';
import { isNextTickReplaced, setTimeout } from '../../task/platform.ts';
import type { RunKey } from '../../wire/claims.ts';
import { mostFrameBytes } from '../../wire/byte-size.ts';
import { encodeFrame, FrameReader } from '../../wire/frame.ts';
import type { ToPool, ToWorker } from '../../wire/messages.ts';
import { Departure, longestLeaveMs } from '../departure.ts';
import { failedStart } from '../failed-start.ts';
import { PipeReader } from '../pipe-reader.ts';
import { passToStderr } from '../program-output.ts';
import { StderrTail } from '../stderr-tail.ts';
import type { Link, LinkEvents, WorkerSettings } from '../transport.ts';
import { workerCommand } from './command.ts';
import { giveAway } from './give-away.ts';
import { Ledger } from './ledger.ts';
import { answeredByLoop, answersOf, noRun, question } from './lifeline.ts';
import { Pulse } from './pulse.ts';

/** How long a channel is read whose end Node does not tell. */
const lastWordsMs = 100;

export function startProcess(settings: WorkerSettings, events: LinkEvents): Link {
  let child: ChildProcess;
  const ledger = Ledger.create();
  try {
    const { path, args, env } = workerCommand(settings);
    child = spawn(path, args, {
      stdio: ['ignore', settings.onOutput ? 'pipe' : 'inherit', 'pipe', 'pipe', 'pipe', ledger?.fd ?? 'ignore'],
      env,
      windowsHide: true,
    });
  } catch (error) {
    ledger?.close();
    return failedStart(error, events);
  }
  return new ProcessLink(child, ledger, settings, events);
}

class ProcessLink implements Link {
  readonly #child: ChildProcess;
  readonly #channel: Socket | undefined;
  readonly #lifeline: Socket | undefined;
  readonly mostBytes = mostFrameBytes;
  readonly sharesMemory = false;
  readonly #ledger: Ledger | undefined;
  readonly pulse: Pulse;
  #isCongested = false;

  constructor(child: ChildProcess, ledger: Ledger | undefined, settings: WorkerSettings, events: LinkEvents) {
    const { graceMs, onOutput } = settings;
    this.#child = child;
    this.#ledger = ledger;
    const departure = new Departure(() => child.kill('SIGKILL'), graceMs);
    child.on('error', (failure) => {
      departure.error = failure;
      if (child.pid === undefined) gone(null, null);
    });
    child.unref();
    // Where the process could not be spawned there are no streams, or not all of them, and `error` tells.
    const [, stdout, stderr, channel, lifeline] = ((child.stdio as unknown) ?? []) as (Socket | null | undefined)[];
    for (const stream of [stdout, stderr, channel, lifeline]) {
      stream?.unref();
      stream?.on('error', () => {
        // The worker is gone, and its end of the pipe with it; `exit` tells.
      });
    }
    this.#channel = channel ?? undefined;
    this.#lifeline = lifeline ?? undefined;
    this.pulse = new Pulse(
      () => child.pid,
      () => this.#ask(noRun, 0),
    );
    lifeline?.on(
      'data',
      answersOf((run, from) =>
        run === noRun ? this.pulse.hear(from !== answeredByLoop) : events.onTakenBack(run, from),
      ),
    );
    const tail = stderr ? new StderrTail(stderr) : undefined;
    const errors =
      stderr &&
      new PipeReader(stderr, (chunk) => {
        if (onOutput) onOutput('stderr', chunk);
        else if (errors) passToStderr(chunk, errors);
      });
    const output = stdout && new PipeReader(stdout, (chunk) => onOutput?.('stdout', chunk));
    const reader = new FrameReader((batch) => events.onBatch(batch as ToPool[]));
    channel?.on('data', (chunk: Buffer) => {
      try {
        reader.read(chunk);
      } catch (failure) {
        // What it sends is no message. Nothing that it says can be trusted any more, so it ends.
        channel.destroy();
        departure.end(failure);
      }
    });
    // A worker that lives on without one of these would neither hear nor say anything any more.
    channel?.once('close', () => departure.expect('its channel to the pool, file descriptor 3, was closed'));
    lifeline?.once('close', () => departure.expect('its lifeline to the pool, file descriptor 4, was closed'));
    channel?.on('drain', () => {
      this.#isCongested = false;
      events.onDrain();
    });
    const gone = (exitCode: number | null, signal: string | null): void => {
      lifeline?.destroy();
      stdout?.destroy();
      stderr?.destroy();
      channel?.destroy();
      events.onExit({ exitCode, signal, error: departure.error, stderr: tail?.text ?? '' });
      ledger?.close();
    };
    child.once('exit', (exitCode, signal) => {
      departure.over();
      // What it sent before it died counts, so everything is read first.
      const left = (): void => gone(exitCode, signal);
      whenClosed(channel, () => whenRead(errors, graceMs, () => whenRead(output, graceMs, left)));
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isCongested(): boolean {
    return this.#isCongested;
  }

  askBack({ number, generation }: RunKey): void {
    this.#ask(number, generation);
  }

  #ask(run: number, generation: number): void {
    if (this.#lifeline?.writable === true) this.#lifeline.write(question(run, generation));
  }

  begun(run: RunKey): number {
    return this.#ledger?.begun(run) ?? 0;
  }

  begunAt(run: RunKey): number {
    return this.#ledger?.begunAt(run) ?? 0;
  }

  send(batch: ToWorker[], transfer?: readonly Transferable[]): void {
    const frame = encodeFrame(batch);
    // Nothing may fail once the frame is on its way.
    if (transfer !== undefined) giveAway(transfer);
    if (this.#channel?.writable !== true) return;
    if (!this.#channel.write(frame)) this.#isCongested = true;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

function whenRead(reader: PipeReader | null | undefined, graceMs: number, then: () => void): void {
  if (reader) reader.whenRead(Math.min(graceMs, longestLeaveMs), then);
  else then();
}

function whenClosed(stream: Socket | null | undefined, then: () => void): void {
  if (!stream || stream.closed || stream.readableEnded) {
    then();
    return;
  }
  let isDone = false;
  const once = (): void => {
    if (isDone) return;
    isDone = true;
    then();
  };
  stream.once('end', once);
  stream.once('close', once);
  // Then neither comes. What the pipe holds has been read by that time.
  if (isNextTickReplaced()) setTimeout(once, lastWordsMs);
}
