// What tasks print, in a worker: whole lines on stderr, each task's by themselves however many print at once; stdout is for
// results.
import { StringDecoder } from 'node:string_decoder';

import { context } from '../../index.ts';

/** What a task has printed and not ended with a newline. */
interface OpenLine {
  /** There once what was printed was bytes, which may end in the middle of a character. */
  decoder: StringDecoder | undefined;
  text: string;
}

/** What is printed in no task. */
const noTask = 0;

export class Prints {
  readonly #isTagged: boolean;
  readonly #write: (text: string) => unknown;
  readonly #open = new Map<number, OpenLine>();
  readonly #seqs = new Map<number, number>();

  constructor(isTagged: boolean, write: (text: string) => unknown) {
    this.#isTagged = isTagged;
    this.#write = write;
  }

  /** Takes over the stdout and stderr of this process, or of this thread. */
  static ofThisProcess(isTagged: boolean): Prints {
    const prints = new Prints(isTagged, process.stderr.write.bind(process.stderr));
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
    const line = this.#open.get(taskId);
    if (line !== undefined) this.#complete(taskId, line);
    if (this.#isTagged) this.#seqs.delete(taskId);
  }

  endAll(): void {
    for (const [taskId, line] of this.#open) this.#complete(taskId, line);
  }

  print(taskId: number, chunk: string | Uint8Array, encoding?: BufferEncoding): void {
    const line = this.#open.get(taskId) ?? { decoder: undefined, text: '' };
    if (typeof chunk === 'string')
      line.text += encoding === undefined ? chunk : Buffer.from(chunk, encoding).toString();
    else line.text += (line.decoder ??= new StringDecoder()).write(Buffer.from(chunk));
    const end = line.text.lastIndexOf('\n') + 1;
    if (end > 0) this.#write(this.#tagged(taskId, line.text.slice(0, end)));
    line.text = line.text.slice(end);
    if (line.text === '' && line.decoder === undefined) this.#open.delete(taskId);
    else this.#open.set(taskId, line);
  }

  #complete(taskId: number, { text, decoder }: OpenLine): void {
    this.#open.delete(taskId);
    const rest = text + (decoder?.end() ?? '');
    if (rest !== '') this.#write(this.#tagged(taskId, `${rest}\n`));
  }

  #tagged(taskId: number, lines: string): string {
    const seq = taskId === noTask ? undefined : this.#seqs.get(taskId);
    return seq === undefined ? lines : `${seq}\t${lines.slice(0, -1).replaceAll('\n', `\n${seq}\t`)}\n`;
  }
}
