// `polyloop map` as it is written: its flags, their groups, their checks, and its help.
import { Command, InvalidArgumentError, Option } from 'commander';

import type { Backoff, RateOptions, WorkerKind } from '../index.ts';
import { argsWritten } from './args.ts';
import type { BadInput } from './calls.ts';
import { haltCondition, type HaltCondition } from './halt.ts';
import { columnsOf, delimiterOf, type AskedOfInput } from './input/asked.ts';
import { encodingNamed } from './input/encoding.ts';
import type { Match } from './joblog/past.ts';
import { orFile, type NumberOrFile } from './live-number.ts';
import type { Fsync } from './output/handover.ts';
import { backoff, duration, rate, size, wholeNumber, workerCount } from './quantities.ts';
import { shardOf, type Shard } from './shard.ts';
import { UsageError } from './usage-error.ts';

/** What was asked for; what was not is not there, but for what has a default. */
export interface MapCommandOptions extends AskedOfInput {
  readonly badInput: BadInput;
  readonly total?: number;
  readonly limit?: number;
  readonly shard?: Shard;
  readonly dryRun?: boolean;
  /** As it was written. */
  readonly args?: string;
  readonly setup?: string;
  readonly loadTimeout?: number;
  readonly setupTimeout?: number;
  readonly teardown?: string;
  readonly timeout?: number;
  readonly retries?: number;
  readonly backoff?: Partial<Backoff>;
  readonly workers?: NumberOrFile;
  readonly concurrency?: NumberOrFile;
  readonly kind: WorkerKind;
  readonly rate?: RateOptions;
  readonly grace?: number;
  readonly ignoreHangup?: boolean;
  readonly statusOf: 'all' | 'run';
  readonly maxTasks?: number;
  readonly memoryLimit?: number;
  readonly envFile?: readonly string[];
  readonly nodeOption?: readonly string[];
  readonly output?: string;
  readonly raw?: boolean;
  readonly csv?: boolean;
  readonly columns?: readonly string[];
  readonly keep?: readonly string[];
  readonly errors?: string;
  readonly keepOrder?: boolean;
  readonly joblog?: string;
  readonly resume?: boolean;
  readonly resumeFailed?: boolean;
  readonly retryFailed?: boolean;
  readonly match: Match;
  readonly append?: boolean;
  readonly overwrite?: boolean;
  readonly fsync: Fsync;
  readonly halt?: HaltCondition;
  readonly progress?: boolean;
  readonly jsonProgress?: boolean;
  readonly progressInterval?: number;
  readonly quiet?: boolean;
  readonly summary?: boolean;
  readonly tag?: boolean;
  readonly report?: string;
  readonly trace?: string;
  readonly debug?: boolean;
}

/** Runs what was asked for; `given`: the options that were written, as they were. */
export type MapAction = (
  module: string,
  files: readonly string[],
  options: MapCommandOptions,
  given: Readonly<Record<string, unknown>>,
) => Promise<void>;

const existing = ['append', 'overwrite', 'resume', 'resumeFailed', 'retryFailed'];

export function mapCommand(run: MapAction): Command {
  const command = new Command('map')
    .description('Run a function once per input and write one JSON record per input to stdout.')
    .argument('<MODULE[#EXPORT]>', 'a file (.ts, .js, .mjs, .cjs) or a package; without #EXPORT its default export')
    .argument('[FILE...]', 'files of inputs, or patterns in quotes; - is stdin, and so is no file');
  command
    .optionsGroup('Input:')
    .addOption(
      oneOf('--input <FORMAT>', 'how to read inputs (default: by file name, else lines)', [
        'lines',
        'jsonl',
        'json',
        'null',
        'csv',
      ]),
    )
    .addOption(
      oneOf('--bad-input <WHAT>', 'what to do about an input that cannot be read', ['fail', 'skip', 'record']).default(
        'fail',
      ),
    )
    .option('--max-line-bytes <SIZE>', 'a longer line is a bad input (default: 256MB)', by(size))
    .option('--encoding <NAME>', 'of text that is not UTF-8: latin1, shift_jis, utf-16le', by(encodingNamed))
    .addOption(
      oneOf('--big-numbers <AS>', 'keep whole numbers in JSON beyond 2^53 (default: a bad input)', [
        'string',
        'bigint',
      ]),
    )
    .option('--delimiter <TEXT>', "what stands between the fields of CSV: ';', tab (default: a comma)", by(delimiterOf))
    .addOption(new Option('--tsv', 'rows of CSV with tabs between their fields').conflicts('delimiter'))
    .option('--no-header', 'the first row of CSV has no names; rows are lists, or objects with --columns')
    .option('--batch <N>', 'call the function with lists of so many inputs', by(wholeNumber(1)))
    .option('--shard <K/N>', 'run one of so many parts of the inputs: 3/8', by(shardOf))
    .option('--limit <N>', 'end after so many inputs; --resume goes on from there', by(wholeNumber(1)))
    .option('--total <N>', 'how many inputs there are, for the time that is left', by(wholeNumber(1)))
    .option('--dry-run', 'show the first inputs as the function would get them, and touch nothing')
    .optionsGroup('Function:')
    .option(
      '--args <JSON|@FILE>',
      'a second argument for each call; that of a file is in no log and no report',
      by(argsWritten),
    )
    .option('--setup <EXPORT>', 'a function of the module to call in each worker before its first input')
    .option('--teardown <EXPORT>', 'one to call in each worker after its last')
    .option(
      '--load-timeout <TIME>',
      'how long the module may take to load (default: as long as something is done)',
      by(duration),
    )
    .option('--setup-timeout <TIME>', 'the same for --setup', by(duration))
    .option('--timeout <TIME>', 'how long each try may take: 500ms, 10s, 2m', by(duration))
    .option('--retries <N>', 'how often an input that failed is tried again (default: 0)', by(wholeNumber(0)))
    .option(
      '--backoff <TIME..TIME>',
      'how long to wait before that, twice as long each time (default: 100ms..30s)',
      by(backoff),
    )
    .optionsGroup('Workers:')
    .option(
      '-j, --workers <N|N%|+N|-N|@FILE>',
      'how many processes or threads (default: one for each core); @FILE has the number, and can be changed meanwhile',
      by(orFile(workerCount)),
    )
    .option(
      '-c, --concurrency <N|@FILE>',
      'how many inputs at once in each worker (default: 64); @FILE as with -j',
      by(orFile(wholeNumber(1))),
    )
    .addOption(oneOf('--kind <KIND>', 'where to run', ['process', 'thread', 'inline']).default('process'))
    .option('--rate <N/TIME>', 'how many calls may start within a time, over all workers: 10/s, 500/m', by(rate))
    .option('--grace <TIME>', 'how long what was told to end may go on (default: 5s)', by(duration))
    .option('--ignore-hangup', 'go on when the terminal is closed (SIGHUP), as under nohup')
    .option('--max-tasks <N>', 'replace a worker after so many inputs', by(wholeNumber(1)))
    .option('--memory-limit <SIZE>', 'replace a process that has grown larger: 500MB', by(size))
    .option('--env-file <FILE>', 'environment variables for the workers; can be given again', listed)
    .option('--node-option <FLAG>', 'a flag of node for the workers; can be given again', listed)
    .optionsGroup('Output:')
    .option('-o, --output <FILE>', 'write records to a file, not to stdout')
    .option('-k, --keep-order', 'write records in the order of the inputs, not as they come')
    .addOption(new Option('--raw', 'write values alone, a line each; failures go to stderr').conflicts('csv'))
    .option('--csv', 'write values as rows of CSV, their properties as columns; failures go to stderr')
    .option(
      '--columns <NAME,...>',
      'with --no-header the columns of the inputs, otherwise those of --csv (default: those of the first value that is an object)',
      by(columnsOf),
    )
    .addOption(
      new Option('--keep <FIELD,...|input>', 'put fields of the input, or all of it, into its records')
        .argParser(by(columnsOf))
        .conflicts('raw'),
    )
    .option('--errors <FILE>', 'write inputs that fail to a file, whole, so that it can be an input again')
    .option('--tag', 'mark what tasks print with the seq of their input')
    .optionsGroup('Going on where a run ended:')
    .option('--joblog <FILE>', 'write down what has ended, and how')
    .option('--resume', 'go on: skip inputs that have ended, whether they failed or not')
    .option('--resume-failed', 'go on, and run what failed again')
    .option('--retry-failed', 'run what failed again, and nothing else')
    .addOption(
      oneOf('--match <HOW>', 'how inputs are found again: by their place, or by what they are', ['seq', 'key']).default(
        'seq',
      ),
    )
    .addOption(
      oneOf('--status-of <WHICH>', 'whose failures the exit status counts: of all runs of the log, or of this one', [
        'all',
        'run',
      ]).default('all'),
    )
    .option('--append', 'add to files that are there')
    .option('--overwrite', 'write files that are there anew')
    .addOption(
      oneOf('--fsync <WHEN>', 'when what is written to files is made sure to be on the disk', [
        'never',
        '1s',
        'each',
      ]).default('1s'),
    )
    .optionsGroup('Ending early:')
    .option(
      '--halt <WHEN>',
      'end at so many failures, successes or inputs done, or at a share: soon,fail=3, now,success=1, soon,fail=10%',
      by(haltCondition),
    )
    .optionsGroup('Watching:')
    .option('--progress', 'tell how far it is also where stderr is no terminal, every two seconds')
    .addOption(new Option('--json-progress', 'tell it as a line of JSON on stderr, every second').conflicts('progress'))
    .option('--progress-interval <TIME>', 'how often the two above tell it: 500ms, 30s, 5m', by(duration))
    .option('-q, --quiet', 'tell nothing but errors')
    .option('--summary', 'tell at the end what the run has come to, also with --quiet')
    .option('--report <FILE>', 'write a page about the run (HTML) at its end')
    .option('--trace <FILE>', "write the run in Chrome's trace format at its end")
    .option('--debug', 'tell where errors come from')
    .addHelpText('after', help);
  for (const option of command.options)
    if (existing.includes(option.attributeName()))
      option.conflicts(existing.filter((name) => name !== option.attributeName()));
  const given = notedFrom(command);
  return command.action((module: string, files: string[], options: MapCommandOptions) =>
    run(module, files, options, given),
  );
}

const help = `
Examples:
  $ polyloop map ./title.ts#fetchTitle urls.txt > titles.jsonl
  $ find . -name '*.md' -print0 | polyloop map ./render.ts --input null -j 4 -k
  $ polyloop map ./score.ts -c 200 --rate 500/m --retries 3 --timeout 30s rows.csv.gz
  $ polyloop map ./score.ts rows.csv -o scores.jsonl --joblog scores.log --resume

A record is {"seq":1,"ok":true,"value":…,"ms":12.3,"attempts":1}, or has "error" in place of "value"; seq counts inputs from 1.
ms is how long the last of the attempts took. An error with the property retry: false is not tried again.
What JSON cannot hold (NaN, a BigInt, a Headers, a value that holds itself) is a failure of its input; a Map is written as its entries, a Set as its values.
A generator's values have a record each, with "part" beside "seq", once it has yielded all of them.
Ctrl-C, SIGTERM or SIGHUP lets what runs end; a second time ends it. SIGUSR1 tells what runs now,
SIGUSR2 reads the files of -j @FILE and -c @FILE again.
The exit status is 0, the number of failed inputs up to 100 (also of those that had ended before), 101 for more, 129, 130 or 143 after a signal, and 255 for wrong
usage or anything else.`;

/** Takes note of what is written on the command line, as it is, and of nothing that is a default. */
function notedFrom(command: Command): Readonly<Record<string, unknown>> {
  const written: Record<string, unknown> = {};
  for (const option of command.options) {
    const name = option.negate ? camelCase(option.name()) : option.attributeName();
    command.on(`option:${option.name()}`, (value: string | null) => {
      const before = written[name];
      written[name] = before === undefined ? (value ?? true) : [before, value].flat();
    });
  }
  return written;
}

/** `no-header` is `noHeader`. */
function camelCase(name: string): string {
  return name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function oneOf(flags: string, description: string, choices: readonly string[]): Option {
  return new Option(flags, description).choices(choices);
}

/** Lets the command say which option it was. */
function by<T>(read: (written: string) => T): (written: string) => T {
  return (written) => {
    try {
      return read(written);
    } catch (error) {
      throw error instanceof UsageError ? new InvalidArgumentError(error.message) : error;
    }
  };
}

function listed(written: string, before: readonly string[] = []): string[] {
  return [...before, written];
}
