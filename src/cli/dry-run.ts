// `--dry-run`: the first inputs as the function would get them. Nothing is run and nothing is written.
import { shortened } from '../report/shortened.ts';
import { visibleLine } from '../report/visible.ts';
import { fileOfArgs } from './args.ts';
import { Calls } from './calls.ts';
import { sourceOf, type Reading } from './input/asked.ts';
import { sayWhereTyped } from './input/from-terminal.ts';
import { jsonText } from './json.ts';
import { Past, type Again } from './joblog/past.ts';
import type { MapCommandOptions } from './map-command.ts';
import { isPlain, sizeOf } from './output/files.ts';
import { foundIn, waitingFileOf } from './waiting/found.ts';
import type { Target } from './worker/apply.ts';

const shown = 5;
const mostWritten = 500;

export async function dryRun(
  { url, name, args }: Target,
  reading: Reading,
  { output, args: writtenArgs, joblog, match, badInput, shard, limit, quiet }: MapCommandOptions,
  again: Again | undefined,
): Promise<number> {
  const isThere = joblog !== undefined && sizeOf(joblog) > 0;
  const kept = output !== undefined && output !== '-' && isPlain(output) ? output : undefined;
  const found = again !== undefined && isThere ? foundIn(waitingFileOf(kept, joblog)) : undefined;
  const letGo = new AbortController();
  const calls = new Calls(sourceOf(reading, letGo.signal), {
    badInput,
    isWrapped: badInput === 'record',
    isHashed: again !== undefined,
    past: again !== undefined && isThere ? new Past(joblog, again, match, found?.frames) : undefined,
    shard,
    match,
    limit,
    mostAhead: Infinity,
  });
  // What is in a file is not to be seen.
  const second =
    fileOfArgs(writtenArgs) === undefined ? args && text(args.value) : `what is in ${fileOfArgs(writtenArgs)}`;
  if (quiet !== true) sayWhereTyped(reading.files, (line) => process.stderr.write(`polyloop: ${line}\n`));
  const lines = [visibleLine(`${name} of ${url} would be called with`)];
  try {
    while (calls.pulled < shown) {
      const next = await calls.next();
      if (next.done === true) break;
      const { seq, file, line } = calls.take(calls.pulled - 1);
      const value = badInput === 'record' ? (next.value as readonly unknown[])[1] : next.value;
      const rest = second === undefined ? '' : `, ${second}`;
      lines.push(`  ${seq}\t${visibleLine(`${file}:${line}`)}\t${visibleLine(`(${text(value)}${rest})`)}`);
    }
  } finally {
    letGo.abort();
  }
  if (calls.pulled === 0) lines.push('  nothing: no input is left to run');
  else if (calls.pulled === shown) lines.push('  and so on');
  await new Promise<void>((resolve) => process.stdout.write(`${lines.join('\n')}\n`, () => resolve()));
  if (calls.failure !== undefined) throw calls.failure as Error;
  return 0;
}

function text(value: unknown): string {
  return shortened(jsonText(value) ?? 'undefined', mostWritten);
}
