// How many tasks of a function a worker may be given now. Credit grows and shrinks with what the worker reports, as a
// sender's window does in TCP; README.md beside this file explains it once. Functions without clock or memory.
import { longestRun } from '../wire/claims.ts';

/** What a pool knows of one function in one worker. */
export interface Credit {
  /** The most tasks in the next message. */
  readonly size: number;
  /** How long starting one task holds the loop, in milliseconds; undefined where none has been reported. */
  readonly taskMs: number | undefined;
  /** About how large one task is on the wire, or its result, whichever is more. */
  readonly taskBytes: number;
  /** Its tasks have ended by the time the loop has come back: so many of them never run at once. */
  readonly endsAtOnce: boolean;
}

/** A function that this worker has never run: it may hold the loop for ever. */
export const firstCredit: Credit = { size: 1, taskMs: undefined, taskBytes: 0, endsAtOnce: false };

/** What a worker says after it has started the tasks of a message. */
export interface Report {
  /** How many it has started. */
  readonly started: number;
  /** How long that held its loop. */
  readonly heldMs: number;
  /** How long its loop kept them waiting, or what came after them. */
  readonly lagMs: number;
  /** All of them have ended by now. */
  readonly endedAtOnce: boolean;
  readonly taskBytes: number;
}

/** What a message may hold: so much synchronous work, and so many bytes. */
export const messageMs = 1;
export const messageBytes = 1 << 20;
/** A loop that takes longer to come back has too much to do. */
const quickLagMs = 4;
/** A map's source is read ahead of its reader no further than this, beyond twice of what runs at once. */
const aheadMs = 10;
const aheadBytes = 16 << 20;

/** Doubles where the loop came back quickly from a full message, halves where it did not; and keeps to what a message may hold. */
export function creditAfter(credit: Credit, report: Report, concurrency: number): Credit {
  const { started, heldMs, lagMs, endedAtOnce, taskBytes } = report;
  if (started === 0) return credit;
  const lastMs = heldMs / started;
  const taskMs = credit.taskMs === undefined ? lastMs : (credit.taskMs + 3 * lastMs) / 4;
  const isQuick = heldMs <= 2 * messageMs && lagMs <= quickLagMs;
  const wished = isQuick ? (started >= credit.size ? 2 * credit.size : credit.size) : credit.size / 2;
  const most = Math.min(
    longestRun,
    endedAtOnce ? Infinity : concurrency,
    messageMs / taskMs,
    messageBytes / Math.max(1, taskBytes),
  );
  return { size: Math.max(1, Math.floor(Math.min(wished, most))), taskMs, taskBytes, endsAtOnce: endedAtOnce };
}

/** What a worker has at this moment. */
export interface Room {
  readonly inFlight: number;
  readonly concurrency: number;
  /** How many tasks of this function were given to it in this turn already. */
  readonly given: number;
  /** What was given to it in this turn, of any function: expected work, and bytes. */
  readonly spentMs: number;
  readonly spentBytes: number;
}

/** How many tasks may be given to a worker whose loop has reported. */
export function allowance({ size, taskMs, taskBytes, endsAtOnce }: Credit, room: Room): number {
  if (room.inFlight >= room.concurrency || room.spentMs >= messageMs) return 0;
  if (taskMs === undefined) return 1;
  const left = size - room.given;
  const free = endsAtOnce ? left : Math.min(left, room.concurrency - room.inFlight);
  const affordable = Math.min((messageMs - room.spentMs) / taskMs, (messageBytes - room.spentBytes) / (taskBytes || 1));
  return Math.min(free, Math.max(room.spentMs === 0 ? 1 : 0, Math.floor(affordable)));
}

/** How far ahead of its reader a map may pull: twice what its workers may be given, within bounds of time and memory. */
export function windowAhead(credits: readonly Credit[]): number {
  let tasks = 0;
  let most = Infinity;
  for (const { size, taskMs, taskBytes } of credits) {
    tasks += 2 * size;
    if (taskMs === undefined) continue;
    most = Math.min(most, (aheadMs * credits.length) / Math.max(taskMs, 1e-6), aheadBytes / Math.max(1, taskBytes));
  }
  return Math.floor(Math.min(tasks, most));
}
