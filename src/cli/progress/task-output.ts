// What workers print, in whole lines, however it was cut on its way here.
import type { WorkerOutput } from '../../index.ts';

const newline = 10;
/** A line that is longer is passed on in pieces. */
const mostKept = 1 << 20;

export class TaskOutput {
  readonly #print: (lines: Uint8Array) => void;
  readonly #rests = new Map<string, Buffer>();

  constructor(print: (lines: Uint8Array) => void) {
    this.#print = print;
  }

  readonly take = ({ worker, stream, chunk }: WorkerOutput): void => {
    const key = `${worker.id} ${stream}`;
    const rest = this.#rests.get(key);
    const bytes = rest === undefined ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    const end = bytes.lastIndexOf(newline) + 1;
    if (end > 0) this.#print(bytes.subarray(0, end));
    const left = bytes.subarray(end);
    if (left.length === 0) this.#rests.delete(key);
    else if (left.length < mostKept) this.#rests.set(key, left);
    else {
      this.#rests.delete(key);
      this.#print(left);
    }
  };

  /** Prints what no newline has ended: no more comes. */
  end(): void {
    for (const rest of this.#rests.values()) this.#print(Buffer.concat([rest, Buffer.from('\n')]));
    this.#rests.clear();
  }
}
