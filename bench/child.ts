// A process for one measurement, and for all that it starts: a process group, so that workers which outlive a pool that
// hangs, or that computes, end with it.
import { spawn } from 'node:child_process';

import type { Figures } from './measures/measure.ts';

export type Measured = { readonly ok: true; readonly figures: Figures } | { readonly ok: false; readonly why: string };

/** Node's own, for a program that still awaits when nothing can happen any more. */
const exitOfUnsettled = 13;

let runningGroup: number | undefined;

/** Runs `node` with these arguments; the last line that it prints are the figures. */
export async function measureInChild(args: readonly string[], timeoutMs: number): Promise<Measured> {
  // `detached` gives it a group of its own, whose id is the child's.
  const child = spawn(process.execPath, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const { pid } = child;
  runningGroup = pid;
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    endGroup(pid);
  }, timeoutMs);

  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    // What is left of the group holds the pipes open; 'close' comes when it is gone.
    child.once('exit', () => endGroup(pid));
    child.once('close', resolve);
  });
  clearTimeout(timer);
  runningGroup = undefined;
  if (isLate) return { ok: false, why: `no answer within ${timeoutMs / 1_000} s` };
  if (exitCode === exitOfUnsettled) return { ok: false, why: 'it hangs: nothing is left that could answer' };
  if (exitCode !== 0) return { ok: false, why: errorIn(stderr) ?? `exit code ${exitCode}` };
  return { ok: true, figures: JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Figures };
}

/** Ctrl-C reaches this process only, for the children are in groups of their own. */
export function endChildrenWithThisProcess(): void {
  process.on('exit', () => endGroup(runningGroup));
  process.on('SIGINT', () => process.exit(130));
  process.on('SIGTERM', () => process.exit(143));
}

export function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // ESRCH: nothing of it is left, which is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The line that says what went wrong, of all that Node prints about it. */
function errorIn(stderr: string): string | undefined {
  const lines = stderr.split('\n').map((line) => line.trim());
  return lines.find((line) => /\b\w*(Error|Exception)\b.*: /.test(line)) ?? lines.findLast(saysSomething);
}

function saysSomething(line: string): boolean {
  return line !== '' && !line.startsWith('Node.js v');
}
