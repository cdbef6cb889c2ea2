// The stdout and stderr of this worker: how much of what tasks have printed has not left the worker yet. A slow reader
// makes a worker's output wait, in a process for the pipe, in a thread for the loop of the pool's process.
import { Writable } from 'node:stream';

import { arrayJoin } from '../task/arrays.ts';
import { clearInterval, setInterval } from '../task/platform.ts';
import type { Printing } from '../wire/messages.ts';

type StreamName = 'stdout' | 'stderr';

/** How often a worker that waits for its readers looks whether they take anything. */
const lookEveryMs = 100;

export class OwnOutput {
  readonly #streams: Writable[] = [];
  readonly #send: (message: Printing) => void;
  /** The bytes that waited at the last look. */
  #waiting = 0;
  #timer: NodeJS.Timeout | undefined;

  /**
   * `send` takes messages for the pool. `onUse` is called when a stream is used for the first time. An unused stream is
   * left alone, because to create it makes the file behind it non-blocking, also for other processes that share it.
   */
  constructor(send: (message: Printing) => void, onUse?: (stream: Writable, fd: 1 | 2) => void) {
    this.#send = send;
    for (const name of ['stdout', 'stderr'] as const)
      whenUsed(name, (stream) => {
        this.#streams[this.#streams.length] = stream;
        onUse?.(stream, name === 'stdout' ? 1 : 2);
      });
  }

  /** True where output waits that the pool has not been told of. To be called before outcomes are sent. */
  get isNewlyBehind(): boolean {
    return this.#streams.length > 0 && this.#timer === undefined && this.#length > 0;
  }

  /** The message for that, which goes ahead of the outcomes. Others follow as long as the readers take something. */
  behind(): Printing {
    this.#waiting = this.#length;
    this.#timer = setInterval(() => this.#look(), lookEveryMs).unref();
    for (const stream of this.#streams) {
      // The callback of a write that carries nothing comes when all that was written before has left. The method of the
      // class is called because user code may have replaced that of the stream.
      if (stream.writableLength > 0 && stream.writable)
        Writable.prototype.write.call(stream, '', 'utf8', () => this.#look());
    }
    return { type: 'printing', isBehind: true };
  }

  get #length(): number {
    let length = 0;
    for (const { writableLength, destroyed } of this.#streams) if (!destroyed) length += writableLength;
    return length;
  }

  #look(): void {
    if (this.#timer === undefined) return;
    const before = this.#waiting;
    this.#waiting = this.#length;
    if (this.#waiting === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      this.#send({ type: 'printing', isBehind: false });
    } else if (this.#waiting !== before) this.#send({ type: 'printing', isBehind: true });
  }
}

/** Node creates these streams when they are first asked for. */
function whenUsed(name: StreamName, then: (stream: Writable) => void): void {
  const own = Object.getOwnPropertyDescriptor(process, name);
  if (own?.get === undefined || own.configurable !== true || wasPreloaded()) {
    try {
      then(process[name]);
    } catch {
      // It cannot be created, so nothing can be printed to it.
    }
    return;
  }
  Object.defineProperty(process, name, {
    ...own,
    get() {
      Object.defineProperty(process, name, own);
      const stream = process[name];
      then(stream);
      return stream;
    },
  });
}

/** Modules ran before this one, and may have used the streams. */
function wasPreloaded(): boolean {
  const flags = arrayJoin([...process.execArgv, process.env['NODE_OPTIONS'] ?? ''], ' ');
  return /(^|\s)(-r|--require|--import|--loader|--experimental-loader)\b/.test(flags);
}
