// The first message to a worker: what it is in its pool, and what it runs before its first task and after its last.
import { realm } from '../task/realm.ts';
import { PLAIN, type Start } from '../wire/messages.ts';
import type { PoolSettings } from './options.ts';

export function startMessage(worker: number, settings: PoolSettings): Start {
  const { kind, concurrency, graceMs, setup, teardown, propagate } = settings;
  return {
    type: 'start',
    worker,
    kind,
    depth: realm.depth + 1,
    concurrency,
    graceMs,
    setup: setup && { url: setup.fn.url, name: setup.fn.name },
    teardown: teardown && { url: teardown.fn.url, name: teardown.fn.name },
    restore: propagate && { url: propagate.restore.url, name: propagate.restore.name },
    forms: [setup?.form ?? PLAIN, teardown?.form ?? PLAIN],
    payload: [setup?.body, teardown?.body],
  };
}
