// Brings a run to its end before its inputs are: what runs may end by itself, or is ended.
import type { Pool } from '../index.ts';
import type { Calls } from './calls.ts';
import { stopStarting } from './worker/apply.ts';

const lookEveryMs = 50;
const patientLooks = 20;

export class Brake {
  /** `drained`: what was running when it was told to stop has ended. */
  state: 'off' | 'draining' | 'drained' | 'aborted' = 'off';
  /** What calls that are ended before their time, or that never began, reject with. */
  readonly reason = new Error('The run was stopped.');
  readonly #abort = new AbortController();
  readonly #pool: Pool;
  readonly #calls: Calls;
  /** Lets go of the input, which may have to be waited for. */
  readonly #letGo: () => void;
  readonly #hasRate: boolean;
  /** Results wait for who reads them. */
  isHeld = false;
  #told = new Set<number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(pool: Pool, calls: Calls, { letGo, hasRate }: { readonly letGo: () => void; readonly hasRate: boolean }) {
    this.#hasRate = hasRate;
    this.#pool = pool;
    this.#calls = calls;
    this.#letGo = letGo;
  }

  /** Aborted when calls are to end. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** No call begins any more; those that have begun go on. */
  drain(): void {
    if (this.state !== 'off') return;
    this.state = 'draining';
    this.#stopReading();
    this.#tellWorkers();
    let looks = 0;
    let before = -1;
    this.#timer = setInterval(() => {
      this.#tellWorkers();
      const { inFlight, queued, backingOff } = this.#pool.stats();
      const underWay = this.#calls.underWay.size;
      looks = inFlight === 0 && underWay === before && !this.isHeld ? looks + 1 : 0;
      before = underWay;
      // What has ended is to be read first. What is left waits for its turn in the pool, it may be for long: for its next
      // attempt, or where there is a rate.
      if (looks === 0 || (underWay > queued + backingOff && looks < patientLooks)) return;
      this.state = 'drained';
      this.release();
      this.#abort.abort(this.reason);
    }, lookEveryMs);
  }

  /** Calls are told to end, and ended after the grace. */
  abort(): void {
    if (this.state === 'aborted') return;
    this.state = 'aborted';
    this.release();
    this.#stopReading();
    this.#abort.abort(this.reason);
  }

  /** Those that are new, too. Where it does not arrive in time, a call more begins. */
  #tellWorkers(): void {
    const { workers } = this.#pool.stats();
    // With a rate they are given no more than may begin at once, and this would have to wait for its own turn.
    if (this.#hasRate || workers.every(({ id }) => this.#told.has(id))) return;
    this.#told = new Set(workers.map(({ id }) => id));
    void this.#pool.broadcast(stopStarting).catch(() => {});
  }

  release(): void {
    clearInterval(this.#timer);
  }

  #stopReading(): void {
    this.#calls.stop();
    this.#letGo();
  }
}
