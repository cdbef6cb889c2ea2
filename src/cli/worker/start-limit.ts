// How long the function's module may take to load, and `--setup` to end. Without a limit that was asked for, as long as something is
// done: a large model that is read is no reason to give up, and one that waits for a server that never answers is.
import { clearInterval, setInterval } from 'node:timers';

import { time } from '../progress/numbers.ts';

export interface StartLimit {
  /** What is waited for: `loading ./title.ts`. */
  readonly what: string;
  readonly flag: '--load-timeout' | '--setup-timeout';
  /** In milliseconds; undefined where nothing was asked for. */
  readonly ms: number | undefined;
}

/** It took too long. */
export class StartLimitError extends Error {
  override readonly name: string = 'StartLimitError';
}

const idleLimitMs = 60_000;
/** What takes less time of a processor within that has done nothing: the worker itself, answering its pool, takes a tenth of it. */
const idleCpuMs = 300;
const lookEveryMs = 250;

/** What `act` comes to. Rejects with a {@link StartLimitError} where that takes too long. */
export async function withinLimit<T>({ what, flag, ms }: StartLimit, act: () => T | Promise<T>): Promise<Awaited<T>> {
  const { promise, reject } = Promise.withResolvers<never>();
  const began = performance.now();
  let busyAt = began;
  let busyCpuMs = cpuMs();
  const timer = setInterval(
    () => {
      const now = performance.now();
      if (ms !== undefined) {
        if (now - began >= ms)
          reject(
            new StartLimitError(`${what} had not ended within ${flag} ${time(ms)}; if it needs longer, raise that`),
          );
        return;
      }
      const cpu = cpuMs();
      if (cpu - busyCpuMs >= idleCpuMs) [busyAt, busyCpuMs] = [now, cpu];
      else if (now - busyAt >= idleLimitMs) {
        const last = time(idleLimitMs);
        reject(
          new StartLimitError(
            `${what} had not ended, and has done nothing for ${last}; if that is as it should be, say with ${flag} how long it may take`,
          ),
        );
      }
    },
    Math.min(lookEveryMs, ms ?? lookEveryMs),
  );
  try {
    return await Promise.race([act(), promise]);
  } finally {
    clearInterval(timer);
  }
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
