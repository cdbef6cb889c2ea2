// The command `polyloop`: reads what was asked for, and turns how it went into an exit status.
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';

import { InvalidOptionError } from '../index.ts';
import { map, type MapCommandOptions } from './map.ts';
import { messageOf } from './message-of.ts';
import { duration, rate, size, wholeNumber, workerCount } from './quantities.ts';
import { UsageError } from './usage-error.ts';

/** Usage, or anything else that is not the failure of an input. */
const otherFailure = 255;

const program = new Command('polyloop')
  .description('Runs async functions over many inputs, over all cores, hundreds at once in each.')
  .exitOverride()
  .showHelpAfterError('(polyloop map --help shows what there is)');

program
  .command('map')
  .description('Run a function once per input and write one JSON record per input to stdout.')
  .argument('<MODULE[#EXPORT]>', 'a file (.ts, .js, .mjs, .cjs) or a package; without #EXPORT its default export')
  .argument('[FILE...]', 'files of inputs, or patterns in quotes; - is stdin, and so is no file')
  .optionsGroup('Input:')
  .addOption(
    new Option('--input <FORMAT>', 'how to read inputs (default: by file name, else lines)').choices([
      'lines',
      'jsonl',
      'null',
      'csv',
    ]),
  )
  .addOption(
    new Option('--bad-input <WHAT>', 'what to do about an input that cannot be read')
      .choices(['fail', 'skip', 'record'])
      .default('fail'),
  )
  .option('--max-line-bytes <SIZE>', 'a longer line is a bad input (default: 256MB)', by(size))
  .optionsGroup('Function:')
  .option('--args <JSON>', 'a second argument for each call', json)
  .option('--setup <EXPORT>', 'a function of the module to call in each worker before its first input')
  .option('--teardown <EXPORT>', 'one to call in each worker after its last')
  .option('--timeout <TIME>', 'how long an input may take: 500ms, 10s, 2m', by(duration))
  .option('--retries <N>', 'how often an input that failed is tried again (default: 0)', by(wholeNumber(0)))
  .optionsGroup('Workers:')
  .option('-j, --workers <N|N%|+N|-N>', 'how many processes or threads (default: one for each core)', by(workerCount))
  .option('-c, --concurrency <N>', 'how many inputs at once in each (default: 64)', by(wholeNumber(1)))
  .addOption(new Option('--kind <KIND>', 'where to run').choices(['process', 'thread', 'inline']).default('process'))
  .option('--rate <N/TIME>', 'how many calls may start within a time, over all workers: 10/s, 500/m', by(rate))
  .option('--grace <TIME>', 'how long what was told to end may go on (default: 5s)', by(duration))
  .option('--max-tasks <N>', 'replace a worker after so many inputs', by(wholeNumber(1)))
  .option('--memory-limit <SIZE>', 'replace a process that has grown larger: 500MB', by(size))
  .option('--env-file <FILE>', 'environment variables for the workers; can be given again', listed)
  .option('--node-option <FLAG>', 'a flag of node for the workers; can be given again', listed)
  .optionsGroup('Output:')
  .option('-k, --keep-order', 'write records in the order of the inputs, not as they come')
  .option('-q, --quiet', 'no closing line')
  .addHelpText(
    'after',
    `
Examples:
  $ polyloop map ./title.ts#fetchTitle urls.txt > titles.jsonl
  $ find . -name '*.md' -print0 | polyloop map ./render.ts --input null -j 4 -k
  $ polyloop map ./score.ts -c 200 --rate 500/m --retries 3 --timeout 30s rows.csv.gz

A record is {"seq":1,"ok":true,"value":…,"ms":12.3,"attempts":1}, or has "error" in place of "value"; seq counts inputs from 1.
A generator's values have a record each, with "part" beside "seq", once it has yielded all of them.
The exit status is 0, the number of failed inputs up to 100, 101 for more, and 255 for wrong usage or anything else.`,
  )
  .action(async (module: string, files: string[], options: MapCommandOptions) => {
    process.exitCode = await map(module, files, options);
  });

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitStatus(error);
}

function exitStatus(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : otherFailure;
  if (error instanceof UsageError || error instanceof InvalidOptionError)
    process.stderr.write(`polyloop: ${messageOf(error)}\n`);
  else process.stderr.write(`polyloop: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return otherFailure;
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

function json(written: string): unknown {
  try {
    return JSON.parse(written) as unknown;
  } catch (error) {
    throw new InvalidArgumentError(`It takes JSON (${messageOf(error)}).`);
  }
}

function listed(written: string, before: readonly string[] = []): string[] {
  return [...before, written];
}
