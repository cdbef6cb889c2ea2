// What a run has come to, for whoever comes back to it.
import { shortenedLine } from '../../report/shortened.ts';
import { visibleLine } from '../../report/visible.ts';
import type { MapCommandOptions } from '../map-command.ts';
import type { Counts } from './counts.ts';
import { count, elapsed, plural, rateOf, time } from './numbers.ts';
import type { Tally } from './tally.ts';

export interface SummaryOf {
  readonly options: MapCommandOptions;
  readonly counts: Counts;
  readonly tally: Tally;
  readonly retried: number;
  readonly elapsedMs: number;
  /** The run has come to its end; else it was stopped before. */
  readonly isWhole: boolean;
  /** All that has ended was written; else its inputs run again. */
  readonly isWritten: boolean;
}

/** The files that a run writes, each with what it is. */
function filesOf({ output, errors, joblog, report, trace }: MapCommandOptions): [string, string][] {
  const files = [
    ['output', output],
    ['errors', errors],
    ['job log', joblog],
    ['report', report],
    ['trace', trace],
  ] as const;
  return files.flatMap(([what, file]) => (file === undefined ? [] : [[what, file]]));
}

const kindsShown = 5;
/** Of no more than these nothing is to be said that they do not say themselves. */
const fewest = 3;

/** The lines of it, each with its newline; empty where nobody wants to know. */
export function summary({ options, counts, tally, retried, elapsedMs, isWhole, isWritten }: SummaryOf): string {
  if (options.quiet === true && options.summary !== true) return '';
  const { done, failed, skipped, endedBefore, failedBefore } = counts;
  const head = [
    `${plural(done, 'input')} in ${elapsed(elapsedMs)} (${rateOf(done, elapsedMs)})`,
    failed === 0 ? (isWhole && failedBefore === 0 ? 'all done' : 'none failed') : `${count(failed)} failed`,
    ...(isWhole ? [] : ['stopped early']),
    ...(isWritten ? [] : ['not all of it written']),
    ...(retried > 0 ? [plural(retried, 'retry', 'retries')] : []),
    ...(skipped > 0 ? [`${count(skipped)} skipped`] : []),
    ...(endedBefore > 0 ? [`${count(endedBefore)} had ended before`] : []),
    ...(failedBefore > 0 ? [`${count(failedBefore)} of them failed`] : []),
  ];
  const lines = [head.join(', ')];
  if (done > fewest && tally.timed > 0) {
    lines.push(
      `  run time  p50 ${time(tally.runMs(0.5))} · p95 ${time(tally.runMs(0.95))} · max ${time(tally.runMs(1))}`,
    );
    const slowest = tally.slowest.map(({ seq, shown, ms }) => `${time(ms)} for ${example(seq, shown)}`);
    lines.push(`  slowest   ${slowest.join('\n            ')}`);
  }
  const kinds = tally.failureKinds;
  for (const { what, count: times, example: one } of kinds.slice(0, kindsShown))
    lines.push(`  failed    ${count(times)} × ${shortenedLine(what, 100)}, as ${example(one.seq, one.shown)}`);
  const others = kinds.slice(kindsShown).reduce((sum, kind) => sum + kind.count, tally.otherFailures);
  if (others > 0) lines.push(`  failed    ${count(others)} of other kinds`);
  for (const [what, file] of filesOf(options)) lines.push(`  ${what.padEnd(9)} ${visibleLine(file)}`);
  return `${lines.join('\n')}\n`;
}

function example(seq: number, shown: string): string {
  return `input ${seq}: ${shortenedLine(shown, 60)}`;
}
