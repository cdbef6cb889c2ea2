// From its start on a task may have an effect. If this worker dies the pool must know, so nothing starts before it is claimed
// in memory that outlives the worker, or noted there, or before a message that announces it has left.
import { machineNow } from '../wire/machine-clock.ts';
import type { Outbox, PoolPort } from './outbox.ts';
import type { ReceivedRun } from './received-run.ts';

/** Runs are started in so many slices: before each, what is about to start is noted, and the clock is looked at. Both cost more than a tiny task. */
export const slices = 16;

/** Announces tasks of a run, `room` of which may start now. True where they may start at once. */
export function announce(run: ReceivedRun, port: PoolPort, outbox: Outbox, room: number): boolean {
  const mayStart = isAnnounced(run, port, outbox, room);
  // Not before: to note the start takes time, and the system may hold up the worker meanwhile.
  if (mayStart && run.started === 0) run.starts();
  return mayStart;
}

function isAnnounced(run: ReceivedRun, port: PoolPort, outbox: Outbox, room: number): boolean {
  if (port.claimsOutliveIt) {
    run.announced = run.count;
    return true;
  }
  // Few at a time: what is noted and not started when this worker dies is lost for nothing. One at a time where it tells when each began.
  run.announced = run.isTimed ? run.started + 1 : Math.min(run.count, run.started + Math.ceil(run.count / slices));
  if (port.note(run, run.announced, run.isTimed ? machineNow() : 0)) return true;
  // A message costs more.
  const may = run.isTimed ? 1 : run.fn?.goesOn === true ? room : run.count;
  run.announced = Math.min(run.count, run.started + may);
  outbox.send({ type: 'started', run: run.number, count: run.announced });
  return !port.isBehind;
}
