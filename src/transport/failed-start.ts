// A worker that could not even be spawned: a link that leads nowhere, and an exit that says why.
import { nextTick } from '../task/platform.ts';
import type { Link, LinkEvents } from './transport.ts';

export function failedStart(error: unknown, events: LinkEvents): Link {
  nextTick(() => events.onExit({ exitCode: null, signal: null, error, stderr: '' }));
  return {
    pid: undefined,
    sharesMemory: false,
    mostBytes: Infinity,
    isCongested: false,
    askBack() {},
    begun: () => 0,
    begunAt: () => 0,
    send() {},
    kill() {},
  };
}
