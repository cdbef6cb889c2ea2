// How the command leaves. Its exit status says how many inputs have failed, so nothing else may set one of those numbers: not a
// function that ends the program it runs in, nor an error that nobody has caught.
import { writeSync } from 'node:fs';

import { visible } from '../report/visible.ts';
import { plural } from './progress/numbers.ts';

/** Usage, or anything else that is not the failure of an input. */
export const otherFailure = 255;
/** Exit statuses above it say which signal ended the run. */
export const signalled = 128;
const mostCounted = 100;
/** Nobody reads what it writes: the status of a program that such a signal ends. */
const brokenPipe = signalled + 13;

/** The exit status of a run in which so many inputs have failed. */
export function statusOfFailures(failed: number): number {
  return failed > mostCounted ? mostCounted + 1 : failed;
}

let isMeant = false;
let run: ((status: number) => string) | undefined;

/** Leaves at once. */
export function leave(status: number): never {
  isMeant = true;
  process.exit(status);
}

/** The program has done what it was to do, and ends when nothing is left open. */
export function endsItself(status?: number): void {
  isMeant = true;
  if (status !== undefined) process.exitCode = status;
}

/** From now on the program is in a run; `tell`: what to say where something ends it from inside, with that status. Returns how to say that the run is over. */
export function inRun(tell: (status: number) => string): () => void {
  run = tell;
  return () => {
    run = undefined;
  };
}

/** What to say where a function has ended the program with this status, or has left an error that nobody catches; `soFar`: the lines of what had ended. */
export function toldFromInside(status: number, inFlight: number, soFar: string, goOn: string): string {
  const left = `with ${plural(inFlight, 'input')} in flight`;
  return `${visible(soFar)}polyloop: The run was ended from inside, by process.exit(${status}) or by an error that nobody caught, ${left}. ${goOn}\n`;
}

/** Watches how the process ends. */
export function watchExit(): void {
  process.on('exit', (status) => {
    if (isMeant) return;
    process.exitCode = otherFailure;
    if (run !== undefined) say(run(status));
  });
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A run has its own way to end in good order then.
    if (run !== undefined) return;
    if (error.code !== 'EPIPE') say(`polyloop: Cannot write to stdout: ${error.message}.\n`);
    leave(error.code === 'EPIPE' ? brokenPipe : otherFailure);
  });
  process.stderr.on('error', () => {
    // Nobody reads it any more, or its terminal was closed.
  });
}

/** At once, for the process is about to be gone. */
function say(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // Nobody reads it.
  }
}
