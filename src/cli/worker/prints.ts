// What tasks print, in a worker: whole lines on stderr, each task's by themselves however many print at once; stdout is for
// results.
import { context } from '../../index.ts';
import { visibleInColour } from '../../report/visible.ts';

/** What is printed in no task. */
const noTask = 0;
const newline = 10;
/** A line that is longer is ended. */
const mostOpen = 1 << 16;

export class Prints {
  readonly #isTagged: boolean;
  readonly #write: (text: string) => unknown;
  /** What tasks have printed and not ended with a newline, in bytes: a character may come in pieces. */
  readonly #open = new Map<number, Buffer>();
  readonly #seqs = new Map<number, number>();

  constructor(isTagged: boolean, write: (text: string) => unknown) {
    this.#isTagged = isTagged;
    this.#write = write;
  }

  /** Takes over the stdout and stderr of this process, or of this thread. */
  static ofThisProcess(isTagged: boolean): Prints {
    const toStderr = process.stderr.write.bind(process.stderr);
    // Inline it is the command's own.
    const isTerminal = process.stderr.isTTY;
    const prints = new Prints(isTagged, isTerminal ? (text) => toStderr(visibleInColour(text)) : toStderr);
    const write = (chunk: string | Uint8Array, encoding?: unknown, then?: unknown): boolean => {
      prints.print(context().taskId, chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : undefined);
      const done = typeof encoding === 'function' ? encoding : then;
      if (typeof done === 'function') process.nextTick(done);
      return true;
    };
    process.stdout.write = write;
    process.stderr.write = write;
    process.on('exit', () => prints.endAll());
    return prints;
  }

  /** What this task prints is of this input. */
  begin(taskId: number, seq: number): void {
    if (this.#isTagged) this.#seqs.set(taskId, seq);
  }

  /** A line that has no end is over when its task is. */
  end(taskId: number): void {
    if (this.#open.size === 0 && !this.#isTagged) return;
    this.#complete(taskId);
    if (this.#isTagged) this.#seqs.delete(taskId);
  }

  endAll(): void {
    for (const taskId of this.#open.keys()) this.#complete(taskId);
  }

  print(taskId: number, chunk: string | Uint8Array, encoding?: BufferEncoding): void {
    const printed = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : Buffer.from(chunk);
    const before = this.#open.get(taskId);
    const end = printed.lastIndexOf(newline) + 1;
    const rest = printed.subarray(end);
    if (end > 0) {
      const lines = printed.subarray(0, end);
      this.#write(this.#tagged(taskId, (before === undefined ? lines : Buffer.concat([before, lines])).toString()));
    }
    const open = end > 0 || before === undefined ? rest : Buffer.concat([before, rest]);
    if (open.length === 0) this.#open.delete(taskId);
    else this.#open.set(taskId, open);
    if (open.length > mostOpen) this.#complete(taskId);
  }

  #complete(taskId: number): void {
    const open = this.#open.get(taskId);
    if (open === undefined) return;
    this.#open.delete(taskId);
    this.#write(this.#tagged(taskId, `${open.toString()}\n`));
  }

  #tagged(taskId: number, lines: string): string {
    const seq = taskId === noTask ? undefined : this.#seqs.get(taskId);
    return seq === undefined ? lines : `${seq}\t${lines.slice(0, -1).replaceAll('\n', `\n${seq}\t`)}\n`;
  }
}
