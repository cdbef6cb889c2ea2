// `polyloop map`: a function over every input, one record per input. Here is what comes before a run and after it.
import { Calls } from './calls.ts';
import { dryRun } from './dry-run.ts';
import { filesMeant } from './input/files.ts';
import { defaultMaxLineBytes, Inputs } from './input/inputs.ts';
import { differences, headerOf } from './joblog/header.ts';
import { HistoryBuilder } from './joblog/history.ts';
import { checkDistinct, keepFiles } from './joblog/keep.ts';
import type { Again } from './joblog/past.ts';
import { verify } from './joblog/verify.ts';
import type { MapCommandOptions } from './map-command.ts';
import { findModule } from './module.ts';
import { AppendFile } from './output/append-file.ts';
import { FileDestination, StreamDestination } from './output/destination.ts';
import { firstLine } from './output/files.ts';
import { Handover } from './output/handover.ts';
import { recordsAs } from './output/records.ts';
import { Screen } from './progress/screen.ts';
import { checkPlaces, writeReports } from './reports.ts';
import { resumeHint } from './resume-hint.ts';
import { Run } from './run.ts';
import { UsageError } from './usage-error.ts';
import type { Target } from './worker/apply.ts';
import { checkWorkers } from './workers.ts';

/** Runs the command; resolves with its exit status. */
export async function map(
  written: string,
  names: readonly string[],
  options: MapCommandOptions,
  given: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { output, joblog, badInput } = options;
  const again = againOf(options);
  if (again !== undefined && joblog === undefined)
    throw new UsageError(`--${again} takes the --joblog of the run that is to go on.`);
  checkWorkers(options);
  checkPlaces(options);
  const startedAt = Math.round(performance.timeOrigin + performance.now());
  const target = targetOf(written, options, startedAt);
  const files = filesMeant(names, process.cwd());
  const maxLineBytes = options.maxLineBytes ?? defaultMaxLineBytes;
  const inputOptions = { format: options.input, files, maxLineBytes };
  if (options.dryRun === true) return await dryRun(target, inputOptions, options, again);

  const format = options.raw === true ? 'raw' : options.csv === true ? 'csv' : 'jsonl';
  const { append, overwrite, match } = options;
  const existing = overwrite === true ? 'overwrite' : append === true ? 'append' : 'refuse';
  checkDistinct([joblog, output, options.report, options.trace], files);
  const kept = keepFiles({ output, outputFormat: format, joblog, again, match, existing });
  const header = headerOf({
    type: kept.past === undefined ? 'run' : 'resume',
    at: startedAt,
    fn: written,
    url: target.url,
    args: options.args,
    files,
    joblog,
    output: output === undefined ? undefined : { file: output, format, startsAt: kept.outputBytes },
    given,
  });
  const screen = new Screen(process.stderr);
  if (kept.past?.header !== undefined) {
    await verify(kept.past, header, inputOptions);
    for (const difference of differences(header, kept.past.header))
      screen.print(`polyloop: Note that ${difference}.\n`);
  }
  const letGo = new AbortController();
  const isReported = options.report !== undefined || options.trace !== undefined;
  const history = isReported && joblog === undefined ? new HistoryBuilder() : undefined;
  const to =
    output === undefined
      ? new StreamDestination(process.stdout, () => {
          // On one terminal the block makes room for records.
          if (process.stdout.isTTY) screen.hide();
        })
      : new FileDestination(await AppendFile.open(output));
  const log = joblog === undefined ? undefined : await AppendFile.open(joblog);
  const run = new Run({
    options,
    target,
    calls: new Calls(new Inputs({ ...inputOptions, signal: letGo.signal }), {
      badInput,
      isWrapped: target.isWrapped,
      isHashed: joblog !== undefined,
      past: kept.past,
    }),
    letGo: () => letGo.abort(),
    handover: new Handover({ to, log, fsync: options.fsync, isMeasured: output !== undefined }),
    recordsOf: recordsAs(format, output === undefined ? undefined : firstLine(output)),
    areFailuresTold: format !== 'jsonl',
    header,
    history,
    isKept: joblog !== undefined || history !== undefined,
    screen,
    goOn: resumeHint(process.argv.slice(2), joblog),
  });
  try {
    return await run.go();
  } finally {
    const told = (history ?? (isReported && joblog !== undefined ? HistoryBuilder.ofLog(joblog) : undefined))?.build();
    if (told !== undefined) writeReports(told, options);
  }
}

function targetOf(
  written: string,
  { setup, teardown, args, tag, badInput }: MapCommandOptions,
  startedAt: number,
): Target {
  return {
    ...findModule(written, process.cwd()),
    setup,
    teardown,
    args: args === undefined ? undefined : { value: args },
    isWrapped: tag === true || badInput === 'record',
    isTagged: tag === true,
    runStartedAt: startedAt,
  };
}

/** What runs again of what there was, where that was said. */
function againOf({ resume, resumeFailed, retryFailed }: MapCommandOptions): Again | undefined {
  if (resume === true) return 'resume';
  if (resumeFailed === true) return 'resume-failed';
  return retryFailed === true ? 'retry-failed' : undefined;
}
