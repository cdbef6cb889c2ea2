// Asks in a process of its own, in a group of its own: what hangs is ended there, with all that it started.
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { endGroup } from '../child.ts';
import type { Report } from './case.ts';
import { isPython, type Contestant } from './peers/list.ts';

/** What is waited for within a case ends long before. */
const limitMs = 30_000;

const running = new Set<number>();

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** What the process of a case with a peer says, or, where it says nothing, what became of it. */
export async function ask(name: string, contestant: Contestant): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'polyloop-failures-'));
  const log = join(folder, 'log');
  closeSync(openSync(log, 'w'));
  const [program, ...args] = isPython(contestant)
    ? (['python3', file('./python.py'), contestant.name, name] as const)
    : ([process.execPath, file('./one.ts'), '--case', name, '--peer', contestant.name, '--on', contestant.on] as const);
  const child = spawn(program, args, {
    // A group of its own, whose id is the child's.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, FAILURES_LOG: log },
  });
  if (child.pid !== undefined) running.add(child.pid);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    endAll(child.pid);
  }, limitMs);

  const how = await new Promise<string>((resolve, reject) => {
    let code: number | string | null = null;
    child.once('error', reject);
    child.once('exit', (exitCode, signal) => {
      code = signal ?? exitCode;
      endAll(child.pid);
    });
    // What is left of the group holds the pipes open; 'close' comes when it is gone.
    child.once('close', () => resolve(String(code)));
  });
  clearTimeout(timer);
  // A worker that is just being ended may still write to it.
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  if (isLate) return silent(`the caller hangs: its loop does not come back in ${limitMs / 1_000} s`);
  const line = stdout.split('\n').findLast((each) => each.startsWith('{"is": ') || each.startsWith('{"is":'));
  if (line !== undefined) return JSON.parse(line) as Report;
  return silent(`caller’s process died: ${errorIn(stderr) ?? `exit code ${how}`}`);
}

export function endAllWithThisProcess(): void {
  process.on('exit', () => {
    for (const pid of running) endAll(pid);
  });
  process.on('SIGINT', () => process.exit(130));
  process.on('SIGTERM', () => process.exit(143));
}

function silent(what: string): Report {
  return { is: 'asked', broken: [what], notes: [] };
}

function endAll(pid: number | undefined): void {
  if (pid === undefined) return;
  running.delete(pid);
  endGroup(pid);
}

function errorIn(stderr: string): string | undefined {
  const lines = stderr.split('\n').map((line) => line.trim());
  return lines.find((line) => /\b\w*(Error|Exception)\b.*: /.test(line));
}
