// How far the run is: a line that is redrawn on a terminal, and one closing line for everybody.
import { createLogUpdate } from 'log-update';

const redrawMs = 100;
const numbers = new Intl.NumberFormat('en');

export interface Counts {
  readonly done: number;
  readonly failed: number;
  /** Inputs that cannot be read, and were left out. */
  readonly skipped: number;
  readonly inFlight: number;
  readonly workers: number;
}

export class Progress {
  readonly #startedAt = performance.now();
  readonly #count: () => Counts;
  readonly #draw: ReturnType<typeof createLogUpdate> | undefined;
  readonly #timer: NodeJS.Timeout | undefined;

  /** Draws only on a terminal. */
  constructor(count: () => Counts, stream: NodeJS.WriteStream) {
    this.#count = count;
    if (!stream.isTTY) return;
    this.#draw = createLogUpdate(stream);
    this.#timer = setInterval(() => this.#draw?.(this.line()), redrawMs);
  }

  line(): string {
    const { done, failed, inFlight, workers } = this.#count();
    const parts = [`${numbers.format(done)} done`];
    if (failed > 0) parts.push(`${numbers.format(failed)} failed`);
    parts.push(
      `${numbers.format(inFlight)} in flight on ${plural(workers, 'worker')}`,
      `${this.#rate(done)}/s`,
      this.#elapsed(),
    );
    return parts.join(' · ');
  }

  /** Takes the line away and returns the closing one. */
  end(): string {
    clearInterval(this.#timer);
    this.#draw?.clear();
    this.#draw?.done();
    const { done, failed, skipped } = this.#count();
    const ended = `${plural(done, 'input')} in ${this.#elapsed()} (${this.#rate(done)}/s)`;
    const left = skipped === 0 ? '' : `, ${numbers.format(skipped)} skipped`;
    return (failed === 0 ? `${ended}, all done` : `${ended}, ${numbers.format(failed)} failed`) + left;
  }

  #rate(done: number): string {
    const seconds = Math.max(0.001, (performance.now() - this.#startedAt) / 1_000);
    const rate = done / seconds;
    return numbers.format(rate < 10 ? Math.round(rate * 10) / 10 : Math.round(rate));
  }

  #elapsed(): string {
    const seconds = (performance.now() - this.#startedAt) / 1_000;
    if (seconds < 60) return `${seconds.toFixed(1)} s`;
    const whole = Math.floor(seconds);
    return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  }
}

function plural(count: number, what: string): string {
  return `${numbers.format(count)} ${what}${count === 1 ? '' : 's'}`;
}
