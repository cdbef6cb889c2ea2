// stderr, for people: lines that stay, and below them, on a terminal, a block that is drawn anew.
import { stripVTControlCharacters } from 'node:util';

import type { createLogUpdate } from 'log-update';

import { visible, visibleInColour, visibleLine } from '../../report/visible.ts';

type LogUpdate = ReturnType<typeof createLogUpdate>;

/** A block that is so old was not drawn anew as it should have been: this program was stopped, and who knows what is below it by now. */
const strangeAfterMs = 1_000;

export class Screen {
  readonly #stream: NodeJS.WriteStream;
  readonly #draw: LogUpdate | undefined;
  #block: (() => string) | undefined;
  /** The block as it stands there. */
  #drawn: string | undefined;
  #drawnAt = 0;
  readonly #onResize = (): void => this.#fit();

  /** Where the stream is no terminal, nothing is drawn. */
  static async on(stream: NodeJS.WriteStream): Promise<Screen> {
    // It takes a quarter of the time in which the command starts.
    return new Screen(stream, stream.isTTY ? (await import('log-update')).createLogUpdate : undefined);
  }

  private constructor(stream: NodeJS.WriteStream, create: typeof createLogUpdate | undefined) {
    // As it is now: inline, what tasks print is taken by replacing it.
    this.#stream = Object.create(stream, {
      write: { value: stream.write.bind(stream) },
    }) as NodeJS.WriteStream;
    // The cursor stays: a program that is stopped or killed cannot give it back.
    this.#draw = create?.(this.#stream, { showCursor: true });
    stream.on('error', () => {
      // Nobody reads it any more (`2>&1 | head`).
    });
  }

  get isTerminal(): boolean {
    return this.#stream.isTTY;
  }

  /** False for a terminal of no columns or no rows, as some that no person looks at are: nothing can be drawn there. */
  get hasRoom(): boolean {
    return this.#stream.columns !== 0 && this.#stream.rows !== 0;
  }

  get columns(): number {
    return this.#stream.columns || 80;
  }

  get rows(): number {
    return this.#stream.rows || 24;
  }

  /** Lines that stay, each with its newline; what is hidden in them becomes visible. The block comes back when it is drawn the next time. */
  print(lines: string): void {
    this.hide();
    this.#stream.write(visible(lines));
  }

  /** One line of the command's own. */
  say(line: string): void {
    this.print(`polyloop: ${visibleLine(line)}\n`);
  }

  /** Lines that others want to be seen: as they are, but where they could do something to a terminal. */
  pass(lines: Uint8Array): void {
    this.hide();
    this.#stream.write(this.isTerminal ? visibleInColour(Buffer.from(lines).toString()) : lines);
  }

  /** What is drawn below all lines from now on. */
  show(block: () => string): void {
    this.#block = block;
    this.#stream.on('resize', this.#onResize);
    this.redraw();
  }

  redraw(): void {
    if (this.#block === undefined) return;
    if (this.#isStrange) this.leave();
    try {
      this.#drawn = this.#block()
        .split('\n')
        .map((line) => cut(line, this.columns))
        .join('\n');
      this.#drawnAt = performance.now();
      this.#draw?.(this.#drawn);
    } catch {
      // The run goes on without it.
      this.#block = undefined;
    }
  }

  /** Takes the block away until it is drawn again. */
  hide(): void {
    if (this.#drawn === undefined) return;
    if (!this.#isStrange) this.#draw?.clear();
    this.leave();
  }

  /** Leaves the block where it is, for others have written below it; the next is drawn anew. */
  leave(): void {
    this.#draw?.done();
    this.#drawn = undefined;
  }

  /** Takes the block away for good. */
  end(): void {
    this.hide();
    this.#block = undefined;
    this.#stream.off('resize', this.#onResize);
  }

  get #isStrange(): boolean {
    return this.#drawn !== undefined && performance.now() - this.#drawnAt > strangeAfterMs;
  }

  /** A narrower terminal breaks the lines of the block, so it is higher now than when it was drawn. */
  #fit(): void {
    if (this.#drawn === undefined) return;
    const { columns } = this;
    const rows = this.#drawn
      .split('\n')
      .reduce((sum, line) => sum + Math.max(1, Math.ceil(stripVTControlCharacters(line).length / columns)), 0);
    this.#stream.write(`\u001B[${rows}A\u001B[J`);
    this.#draw?.done();
    this.redraw();
  }
}

/** A line that the terminal does not break. One that is cut has no colours any more. */
function cut(line: string, columns: number): string {
  const text = stripVTControlCharacters(line);
  return text.length < columns ? line : text.slice(0, columns - 1);
}
