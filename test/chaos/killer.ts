// A process beside the pool's workers that has only one thing in mind: at random moments it kills some of them, stops and
// continues some, and keeps the processor from others. It ends when its stdin does, and leaves nobody stopped.
//
//     node killer.ts <seed> <parent>
//
// It looks for the children of the process that started it, and for nobody else's. Each deed is a line on stdout: what it did, and to whom.
import { readFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { setTimeout as sleepFor } from 'node:timers/promises';

import { children } from '../support/pools.ts';
import { random } from '../support/random.ts';
import { between } from './work.ts';

const chance = random(Number(process.argv[2]));
/** Given and not asked for: if it is gone already, our parent is somebody else. */
const parent = Number(process.argv[3]);
/** Stopped by us and not continued, and when each was started: its number may be somebody else's later. */
const stopped = new Map<number, string>();
let isOver = false;

const deeds: readonly { readonly weight: number; readonly commit: (pid: number) => Promise<void> | void }[] = [
  { weight: 30, commit: kill },
  { weight: 10, commit: killYoungest },
  { weight: 2, commit: killAll },
  { weight: 2, commit: besiege },
  { weight: 25, commit: stop },
  { weight: 15, commit: stutter },
  { weight: 10, commit: lowerPriority },
  { weight: 10, commit: compete },
];

function kill(pid: number): void {
  // Where there is one left it is spared: if each is killed as it starts the pool waits and starts none, and that is not much to watch.
  if (victims().length > 1) killNow(pid);
}

function killNow(pid: number): void {
  const signal = chance() < 0.8 ? 'SIGKILL' : 'SIGALRM';
  send(pid, signal, 'kill');
  // A stopped one gets a SIGALRM only when it goes on.
  if (signal === 'SIGALRM') proceed(pid);
}

function killYoungest(): void {
  const youngest = victims().sort((one, other) => ageMs(one) - ageMs(other))[0];
  if (youngest !== undefined) kill(youngest);
}

function killAll(): void {
  for (const pid of victims()) killNow(pid);
}

/** For a while nobody comes up, until the pool gives up what waits. */
async function besiege(): Promise<void> {
  for (let left = between(chance, 10, 60); left > 0; left--) {
    killAll();
    await sleepFor(between(chance, 10, 60));
  }
}

/** For a while; and then some are continued, and some killed as they are. */
function stop(pid: number): void {
  if (stopped.has(pid) || !send(pid, 'SIGSTOP', 'stop')) return;
  stopped.set(pid, statOf(pid)[startedAt] ?? 'gone');
  setTimeout(
    () => {
      if (chance() < 0.25) send(pid, 'SIGKILL', 'kill');
      proceed(pid);
    },
    between(chance, 5, 1_500),
  );
}

function proceed(pid: number): void {
  if (stopped.delete(pid)) send(pid, 'SIGCONT', 'continue');
}

/** It gets the processor only for moments. */
async function stutter(pid: number): Promise<void> {
  if (stopped.has(pid) || !send(pid, 'SIGSTOP', 'starve')) return;
  stopped.set(pid, statOf(pid)[startedAt] ?? 'gone');
  for (let left = between(chance, 5, 30); left > 0; left--) {
    await sleepFor(between(chance, 5, 20));
    send(pid, 'SIGCONT');
    await sleepFor(between(chance, 1, 5));
    if (left > 1) send(pid, 'SIGSTOP');
  }
  stopped.delete(pid);
  send(pid, 'SIGCONT');
}

/** It gets the processor only where nobody else wants it; for good, for only root could take that back. */
function lowerPriority(pid: number): void {
  try {
    if (isVictim(pid)) setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It is gone.
    return;
  }
  tell('starve', pid);
}

/** Somebody else is at work on this machine as well. */
function compete(pid: number): void {
  tell('starve', pid);
  const end = performance.now() + between(chance, 50, 400);
  while (performance.now() < end);
}

/** True where it was there to get it. */
function send(pid: number, signal: NodeJS.Signals, deed?: string): boolean {
  // Its number may be somebody else's by now.
  if (!isVictim(pid)) return false;
  // Told before it is done, so that it is known when the worker's end is heard.
  if (deed !== undefined) tell(deed, pid);
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

function tell(deed: string, pid: number): void {
  process.stdout.write(`${deed} ${pid}\n`);
}

function victims(): number[] {
  return children(parent).filter(isVictim);
}

/** A living child of our parent, other than we are; or one that we have stopped, and whose parent is gone. */
function isVictim(pid: number): boolean {
  const stat = statOf(pid);
  const [state, itsParent] = stat;
  if (pid === process.pid || state === undefined || state === 'Z') return false;
  return Number(itsParent) === parent || stopped.get(pid) === stat[startedAt];
}

function ageMs(pid: number): number {
  const ticksPerSecond = 100;
  const startedTicks = Number(statOf(pid)[startedAt]);
  const upSeconds = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
  return 1_000 * (upSeconds - startedTicks / ticksPerSecond);
}

/** Where in it stands when the process was started, in ticks since the machine was. */
const startedAt = 19;

/** What /proc says of a process, from its state on; empty where it is gone. */
function statOf(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

function finish(): void {
  if (isOver) return;
  isOver = true;
  for (const pid of stopped.keys()) send(pid, 'SIGCONT');
  process.exit(0);
}

process.stdin.resume().on('end', finish).on('error', finish);
process.stdout.on('error', finish);
process.on('SIGINT', () => {
  // Ctrl-C is for our parent to hear; then our stdin ends.
});

const total = deeds.reduce((sum, { weight }) => sum + weight, 0);
for (;;) {
  await sleepFor(between(chance, 20, 700));
  const pids = victims();
  const pid = pids[between(chance, 0, pids.length - 1)];
  let at = chance() * total;
  const deed = deeds.find(({ weight }) => (at -= weight) < 0);
  if (pid !== undefined) void deed?.commit(pid);
}
