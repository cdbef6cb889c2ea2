// Accepted work keeps the program alive; an idle pool does not. Everything that belongs to workers is unreferenced, and
// this one handle is referenced while there is something to wait for.
import { clearInterval, setInterval } from '../task/platform.ts';

const farAwayMs = 2 ** 31 - 1;

export class KeepAlive {
  readonly #timer = setInterval(() => {}, farAwayMs).unref();

  hold(): void {
    this.#timer.ref();
  }

  release(): void {
    this.#timer.unref();
  }

  /** For good. */
  end(): void {
    clearInterval(this.#timer);
  }
}
