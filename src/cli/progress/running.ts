// What runs now, and for how long: for somebody who wonders what the command waits for.
import type { PoolStats } from '../../index.ts';
import { visibleLine } from '../../report/visible.ts';
import type { Pulled } from '../calls.ts';
import { count, plural, time } from './numbers.ts';

const listed = 20;

/** Lines for people. Inputs are begun in the order in which they are read, but for those that are tried again. */
export function running(underWay: Iterable<Pulled>, { inFlight, workers }: PoolStats): string {
  const now = performance.now();
  const oldest = [...underWay].slice(0, inFlight);
  const lines = [`${plural(inFlight, 'input')} in flight on ${plural(workers.length, 'worker')}`];
  for (const { seq, file, line, shown, atMs } of oldest.slice(0, listed))
    lines.push(
      `  ${time(now - atMs).padStart(8)}  input ${seq} (${visibleLine(`${file}:${line}`)}) ${visibleLine(shown)}`,
    );
  if (inFlight > listed) lines.push(`  and ${count(inFlight - listed)} more`);
  for (const { id, pid, heldMs } of workers)
    if (heldMs > 0) lines.push(`  worker ${id} (process ${pid}): its loop has not come back for ${time(heldMs)}`);
  return lines.join('\n');
}
