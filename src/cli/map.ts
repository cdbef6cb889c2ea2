// `polyloop map`: a function over every input, one record per input. Here is what comes before a run and after it.
import { existsSync } from 'node:fs';

import { visibleInColour, visibleJson } from '../report/visible.ts';
import { fileOfArgs } from './args.ts';
import { calledAs } from './called-as.ts';
import { Calls } from './calls.ts';
import { contentsOf, rowsFor } from './contents.ts';
import { tooMany } from './crew.ts';
import { currentFolder } from './current-folder.ts';
import { dryRun } from './dry-run.ts';
import { otherFailure, signalled } from './exit.ts';
import { readingOf, sourceOf } from './input/asked.ts';
import { checkReadable, filesMeant } from './input/files.ts';
import { sayWhereTyped } from './input/from-terminal.ts';
import { differences, headerOf } from './joblog/header.ts';
import { HistoryBuilder } from './joblog/history.ts';
import { planFiles } from './joblog/keep.ts';
import type { Again } from './joblog/past.ts';
import { verify } from './joblog/verify.ts';
import type { MapCommandOptions } from './map-command.ts';
import { LiveCrew } from './live-crew.ts';
import type { NumberOrFile } from './live-number.ts';
import { messageOf } from './message-of.ts';
import { AppendFile } from './output/append-file.ts';
import { FileDestination, StreamDestination, type Destination } from './output/destination.ts';
import { beginOf, isPlain } from './output/files.ts';
import { handingBy } from './output/handing.ts';
import { Handover } from './output/handover.ts';
import { Lock } from './output/lock.ts';
import { recordsAs, type OutputFormat } from './output/records.ts';
import { checkStreams, checkUses, fileOfModule, filesOfFlags } from './output/uses.ts';
import { count } from './progress/numbers.ts';
import { Screen } from './progress/screen.ts';
import { TaskOutput } from './progress/task-output.ts';
import { checkPlaces, writeReports } from './reports.ts';
import { resumeHint } from './resume-hint.ts';
import { mostAhead, Run } from './run.ts';
import { UsageError } from './usage-error.ts';
import { waitingFileOf } from './waiting/found.ts';
import { Waiting, waitingRows } from './waiting/of-run.ts';
import { rewrittenOf } from './waiting/spill.ts';
import { targetOf } from './target.ts';
import { find, poolFor } from './workers.ts';

/** Runs the command; resolves with its exit status. */
export async function map(
  written: string,
  names: readonly string[],
  options: MapCommandOptions,
  given: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { joblog, badInput } = options;
  const startedAt = Date.now();
  const beganMs = performance.now();
  const target = targetOf(written, options, beganMs);
  const files = filesMeant(names, currentFolder());
  const reading = readingOf(options, files);
  const again = againOf(options);
  if (again !== undefined && joblog === undefined)
    throw new UsageError(`--${again} takes the --joblog of the run that is to go on.`);
  const { keeper, failedInputs } = contentsOf(reading, options);
  if (options.dryRun === true) return await dryRun(target, reading, options, again);

  // All that can be wrong is to be known before a file is touched.
  checkReadable(files);
  checkPlaces([options.output, joblog, options.errors, options.report, options.trace]);
  const output = options.output === '-' ? undefined : options.output;
  // A pipe or a device cannot be read again: of it nothing is remembered.
  const kept = output !== undefined && isPlain(output) ? output : undefined;
  const log = joblog !== undefined && isPlain(joblog) ? joblog : undefined;
  const errors = options.errors !== undefined && isPlain(options.errors) ? options.errors : undefined;
  const waitingFile = waitingFileOf(kept, log);
  checkFiles(target.url, files, options, waitingFile);
  const screen = await Screen.on(process.stderr);
  const taskOutput = new TaskOutput((lines) => screen.pass(lines));
  const pool = poolFor(target, options, taskOutput.take);
  const live = new LiveCrew(options, pool, screen);
  const { crew } = live;
  const warning = tooMany(live.workers.value, options.kind);
  if (warning !== undefined && options.quiet !== true) screen.say(warning);

  const isWaited = options.keepOrder === true || (waitingFile !== undefined && existsSync(waitingFile));
  const waits = log !== undefined && isWaited ? waitingFile : undefined;
  const lock = new Lock([log, kept, errors, waits, options.report, options.trace].filter(isPlainFile));
  const opened: AppendFile[] = [];
  let waiting: Waiting | undefined;
  const open = async (name: string): Promise<AppendFile> => {
    const file = await AppendFile.open(name);
    opened.push(file);
    return file;
  };
  try {
    const format = options.raw === true ? 'raw' : options.csv === true ? 'csv' : 'jsonl';
    const { past, lost, isWaitingDamaged, outputBytes, errorsStartAt, errorsBytes, carryOut } = planFiles({
      output: kept,
      outputFormat: format,
      errors,
      errorsEnd: failedInputs?.separator ?? 'newline',
      joblog: log,
      waiting: waitingFile,
      again,
      match: options.match,
      batch: options.batch,
      existing: options.overwrite === true ? 'overwrite' : options.append === true ? 'append' : 'refuse',
    });
    const header = headerOf({
      type: past === undefined ? 'run' : 'resume',
      at: startedAt,
      fn: written,
      url: target.url,
      args: target.args?.value,
      keep: options.keep,
      batch: options.batch,
      files,
      joblog,
      output: kept === undefined ? undefined : { file: kept, format, startsAt: outputBytes },
      errors: errors === undefined ? undefined : { file: errors, startsAt: errorsStartAt },
      given,
    });
    const addedTo = outputBytes > 0 ? kept : undefined;
    const rows = rowsFor(options, keeper, { file: addedTo, waiting: waitingRows(past), began: past?.header });
    if (past?.header !== undefined) {
      await verify(past, header, reading);
      for (const difference of differences(header, past.header)) screen.say(`Note that ${difference}.`);
      if (lost > 0) screen.say(`Note that ${output} has lost ${count(lost)} of its results; their inputs run again.`);
    }
    if (isWaitingDamaged)
      screen.say(`Note that ${waitingFile} was changed by something else; what is lost of it runs again.`);
    if (errors !== undefined && errorsBytes > 0) failedInputs?.addTo(beginOf(errors));
    waiting = new Waiting({
      file: waitingFile,
      output: kept,
      isLogged: log !== undefined,
      isOrdered: options.keepOrder === true,
      past,
      header,
      format,
      fsync: options.fsync,
    });
    // Here the first file is touched. What waits is first, for what the log says of failures holds for them no more then.
    await waiting.takeUp();
    carryOut();
    const isReported = options.report !== undefined || options.trace !== undefined;
    const history = isReported && log === undefined ? new HistoryBuilder() : undefined;
    const letGo = new AbortController();
    const calls = new Calls(sourceOf(reading, letGo.signal), {
      badInput,
      isWrapped: target.isWrapped,
      isHashed: joblog !== undefined,
      past,
      onWaiting: (seq, before) => waiting?.turns?.come(seq, before),
      keeper,
      errors: failedInputs,
      mostAhead: options.keepOrder === true || rows?.areKnown === false ? mostAhead : Infinity,
      shard: options.shard,
      match: options.match,
      limit: options.limit,
      onPulled: (pulled) => crew.grow(pulled),
      ...(typeof options.concurrency === 'object' && { mostUnderWay: () => crew.mostUnderWay }),
    });
    live.onRoom = () => calls.goOn();
    const handover = new Handover({
      to: output === undefined ? stdoutBeside(screen, format) : new FileDestination(await open(output)),
      log: joblog === undefined ? undefined : await open(joblog),
      fsync: options.fsync,
      isMeasured: kept !== undefined,
      errors: options.errors === undefined ? undefined : await open(options.errors),
      areErrorsMeasured: errors !== undefined,
    });
    const handOver = handingBy({ handover, rows, errors: failedInputs, history });
    waiting.begin({ handover, handOver, rows, letAhead: (n) => calls.letAhead(n) });
    const run = new Run({
      options,
      pool,
      target,
      taskOutput,
      calls,
      look: () => live.look(),
      letGo: () => letGo.abort(),
      handover,
      handOver,
      turns: waiting.turns,
      recordsOf: recordsAs(format, rows),
      rows,
      areFailuresTold: format !== 'jsonl',
      header,
      beganMs,
      history,
      isKept: joblog !== undefined || history !== undefined,
      screen,
      goOn: resumeHint(process.argv.slice(2), log, calledAs()),
      find: () => find(target, options),
    });
    let status = otherFailure;
    let isAllWritten = true;
    if (options.quiet !== true) sayWhereTyped(files, (line) => screen.say(line));
    try {
      status = await run.go();
    } finally {
      const left = await waiting.end();
      if (left !== undefined) screen.say(left);
      for (const file of await goneOf(opened)) {
        isAllWritten = false;
        screen.say(
          `${file} was deleted, moved or replaced while the run wrote to it: what stands there is not what it has written.`,
        );
      }
      isAllWritten = (await tellOf(history ?? log, options, screen)) && isAllWritten;
    }
    return isAllWritten || status > signalled ? status : otherFailure;
  } finally {
    live.end();
    for (const file of opened) await file.close();
    lock.release();
  }
}

/** Throws a {@link UsageError} where something would be written over that is read, or would be written twice. */
function checkFiles(
  url: string,
  files: readonly string[],
  {
    output,
    joblog,
    errors,
    report,
    trace,
    args,
    envFile = [],
    nodeOption = [],
    workers,
    concurrency,
  }: MapCommandOptions,
  waiting: string | undefined,
): void {
  const argsFile = fileOfArgs(args);
  const readsStdin = files.length === 0 || files.includes('-');
  const read = [
    ...fileOfModule(url, 'the module of the function'),
    ...(argsFile === undefined ? [] : [{ file: argsFile, as: 'the file of --args' }]),
    ...envFile.map((file) => ({ file, as: 'an --env-file' })),
    ...fileBehind(workers, 'the file of -j'),
    ...fileBehind(concurrency, 'the file of -c'),
    ...filesOfFlags(nodeOption, 'a file of a --node-option'),
    ...filesOfFlags(process.execArgv, 'a file of a flag of Node'),
    ...files.flatMap((file) => (file === '-' ? [] : [{ file }])),
    ...(readsStdin ? [{ file: 0, as: 'what stdin is read from' }] : []),
  ];
  const written = [joblog, output, errors, report, trace].filter((file) => file !== '-');
  const beside = written.flatMap((file) => (file === undefined ? [] : [`${file}.lock`]));
  if (output !== undefined && output !== '-') beside.push(`${output}.polyloop-rewritten`);
  if (waiting !== undefined) beside.push(waiting, rewrittenOf(waiting));
  checkUses(written, read);
  checkStreams(written, read, output === undefined || output === '-');
  // What stands beside them is written as well.
  checkUses(beside, [...read, ...written.flatMap((file) => (file === undefined ? [] : [{ file }]))]);
}

/** The names of files that are there no more. */
async function goneOf(files: readonly AppendFile[]): Promise<readonly string[]> {
  const gone: string[] = [];
  for (const file of files) if (await file.isGone()) gone.push(file.name);
  return gone;
}

/** Writes the reports of a run. That they cannot be written is told, and hides nothing of how the run ended. False where they are not written. */
async function tellOf(
  run: HistoryBuilder | string | undefined,
  options: MapCommandOptions,
  screen: Screen,
): Promise<boolean> {
  if (run === undefined || (options.report === undefined && options.trace === undefined)) return true;
  try {
    const history = (typeof run === 'string' ? HistoryBuilder.ofLog(run) : run).build();
    if (history !== undefined) await writeReports(history, options);
    return true;
  } catch (error) {
    screen.say(messageOf(error));
    return false;
  }
}

function fileBehind(number: NumberOrFile | undefined, as: string): { readonly file: string; readonly as: string }[] {
  return typeof number === 'object' ? [{ file: number.file, as }] : [];
}

function isPlainFile(file: string | undefined): file is string {
  return file !== undefined && isPlain(file);
}

function stdoutBeside(screen: Screen, format: OutputFormat): Destination {
  if (!process.stdout.isTTY) return new StreamDestination(process.stdout);
  return new StreamDestination(process.stdout, (text) => {
    // On one terminal the block makes room for records.
    screen.hide();
    return format === 'jsonl' ? visibleJson(text) : visibleInColour(text);
  });
}

/** What runs again of what there was, where that was said. */
function againOf({ resume, resumeFailed, retryFailed }: MapCommandOptions): Again | undefined {
  if (resume === true) return 'resume';
  if (resumeFailed === true) return 'resume-failed';
  return retryFailed === true ? 'retry-failed' : undefined;
}
