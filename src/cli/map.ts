// `polyloop map`: a function over every input, one record per input. Here is what comes before a run and after it.
import { visibleInColour, visibleJson } from '../report/visible.ts';
import { argsOf, fileOfArgs } from './args.ts';
import { calledAs } from './called-as.ts';
import { Calls } from './calls.ts';
import { contentsOf, rowsFor } from './contents.ts';
import { Crew, tooMany } from './crew.ts';
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
import { messageOf } from './message-of.ts';
import { findModule } from './module.ts';
import { AppendFile } from './output/append-file.ts';
import { FileDestination, StreamDestination, type Destination } from './output/destination.ts';
import { beginOf, isPlain } from './output/files.ts';
import { Handover } from './output/handover.ts';
import { Lock } from './output/lock.ts';
import { recordsAs, type OutputFormat } from './output/records.ts';
import { checkStreams, checkUses, fileOfModule, filesOfFlags } from './output/uses.ts';
import { count } from './progress/numbers.ts';
import { Screen } from './progress/screen.ts';
import { TaskOutput } from './progress/task-output.ts';
import { coreCount } from './quantities.ts';
import { checkPlaces, writeReports } from './reports.ts';
import { resumeHint } from './resume-hint.ts';
import { mostAhead, Run } from './run.ts';
import { UsageError } from './usage-error.ts';
import type { Target } from './worker/apply.ts';
import { ownBeginning } from './worker/run-clock.ts';
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
  checkFiles(target.url, files, options);
  const screen = await Screen.on(process.stderr);
  const taskOutput = new TaskOutput((lines) => screen.pass(lines));
  const pool = poolFor(target, options, taskOutput.take);
  const workers = options.workers ?? coreCount();
  const crew = new Crew(pool, options.kind === 'inline' ? 1 : workers);
  const warning = tooMany(workers, options.kind);
  if (warning !== undefined && options.quiet !== true) screen.say(warning);

  const output = options.output === '-' ? undefined : options.output;
  // A pipe or a device cannot be read again: of it nothing is remembered.
  const kept = output !== undefined && isPlain(output) ? output : undefined;
  const log = joblog !== undefined && isPlain(joblog) ? joblog : undefined;
  const errors = options.errors !== undefined && isPlain(options.errors) ? options.errors : undefined;
  const lock = new Lock([log, kept, errors, options.report, options.trace].filter(isPlainFile));
  const opened: AppendFile[] = [];
  const open = async (name: string): Promise<AppendFile> => {
    const file = await AppendFile.open(name);
    opened.push(file);
    return file;
  };
  try {
    const format = options.raw === true ? 'raw' : options.csv === true ? 'csv' : 'jsonl';
    const { past, lost, outputBytes, errorsStartAt, errorsBytes, carryOut } = planFiles({
      output: kept,
      outputFormat: format,
      errors,
      errorsEnd: failedInputs?.separator ?? 'newline',
      joblog: log,
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
    const addedTo = kept !== undefined && outputBytes > 0 ? { file: kept, began: past?.header } : undefined;
    const rows = rowsFor(options, keeper, addedTo);
    if (past?.header !== undefined) {
      await verify(past, header, reading);
      for (const difference of differences(header, past.header)) screen.say(`Note that ${difference}.`);
      if (lost > 0) screen.say(`Note that ${output} has lost ${count(lost)} of its results; their inputs run again.`);
    }
    if (errors !== undefined && errorsBytes > 0) failedInputs?.addTo(beginOf(errors));
    // Here the first file is touched.
    carryOut();
    const isReported = options.report !== undefined || options.trace !== undefined;
    const history = isReported && log === undefined ? new HistoryBuilder() : undefined;
    const letGo = new AbortController();
    const run = new Run({
      options,
      pool,
      target,
      taskOutput,
      calls: new Calls(sourceOf(reading, letGo.signal), {
        badInput,
        isWrapped: target.isWrapped,
        isHashed: joblog !== undefined,
        past,
        keeper,
        errors: failedInputs,
        mostAhead: options.keepOrder === true || rows?.areKnown === false ? mostAhead : Infinity,
        shard: options.shard,
        match: options.match,
        limit: options.limit,
        onPulled: (pulled) => crew.grow(pulled),
      }),
      letGo: () => letGo.abort(),
      handover: new Handover({
        to: output === undefined ? stdoutBeside(screen, format) : new FileDestination(await open(output)),
        log: joblog === undefined ? undefined : await open(joblog),
        fsync: options.fsync,
        isMeasured: kept !== undefined,
        errors: options.errors === undefined ? undefined : await open(options.errors),
        areErrorsMeasured: errors !== undefined,
      }),
      recordsOf: recordsAs(format, rows),
      rows,
      errors: failedInputs,
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
    let isTold = true;
    if (options.quiet !== true) sayWhereTyped(files, (line) => screen.say(line));
    try {
      status = await run.go();
    } finally {
      for (const file of await goneOf(opened)) {
        isTold = false;
        screen.say(
          `${file} was deleted, moved or replaced while the run wrote to it: what stands there is not what it has written.`,
        );
      }
      isTold = (await tellOf(history ?? log, options, screen)) && isTold;
    }
    return isTold || status > signalled ? status : otherFailure;
  } finally {
    for (const file of opened) await file.close();
    lock.release();
  }
}

/** Throws a {@link UsageError} where something would be written over that is read, or would be written twice. */
function checkFiles(
  url: string,
  files: readonly string[],
  { output, joblog, errors, report, trace, args, envFile = [], nodeOption = [] }: MapCommandOptions,
): void {
  const argsFile = fileOfArgs(args);
  const readsStdin = files.length === 0 || files.includes('-');
  const read = [
    ...fileOfModule(url, 'the module of the function'),
    ...(argsFile === undefined ? [] : [{ file: argsFile, as: 'the file of --args' }]),
    ...envFile.map((file) => ({ file, as: 'an --env-file' })),
    ...filesOfFlags(nodeOption, 'a file of a --node-option'),
    ...filesOfFlags(process.execArgv, 'a file of a flag of Node'),
    ...files.flatMap((file) => (file === '-' ? [] : [{ file }])),
    ...(readsStdin ? [{ file: 0, as: 'what stdin is read from' }] : []),
  ];
  const written = [joblog, output, errors, report, trace].filter((file) => file !== '-');
  const beside = written.flatMap((file) => (file === undefined ? [] : [`${file}.lock`]));
  if (output !== undefined && output !== '-') beside.push(`${output}.polyloop-rewritten`);
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

function targetOf(
  written: string,
  { setup, teardown, args, bigNumbers, tag, badInput, loadTimeout, setupTimeout }: MapCommandOptions,
  beganMs: number,
): Target {
  return {
    ...findModule(written, currentFolder()),
    setup,
    teardown,
    shown: written,
    loadMs: loadTimeout,
    setupMs: setupTimeout,
    isOnlyFound: false,
    args: args === undefined ? undefined : { value: argsOf(args, bigNumbers) },
    isWrapped: tag === true || badInput === 'record',
    writesBigInts: bigNumbers === 'bigint',
    isTagged: tag === true,
    runBeganAt: ownBeginning() + beganMs,
  };
}

/** What runs again of what there was, where that was said. */
function againOf({ resume, resumeFailed, retryFailed }: MapCommandOptions): Again | undefined {
  if (resume === true) return 'resume';
  if (resumeFailed === true) return 'resume-failed';
  return retryFailed === true ? 'retry-failed' : undefined;
}
