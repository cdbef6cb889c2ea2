// The command `polyloop`: reads what was asked for, and turns how it went into an exit status.
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';

import { InvalidOptionError } from '../index.ts';
import { map, type MapCommandOptions } from './map.ts';
import { messageOf } from './message-of.ts';
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
  .argument('[FILE...]', 'files of inputs, one per line; - is stdin, and so is no file')
  .option('-j, --workers <N>', 'how many processes or threads (default: one for each core)', wholeNumber)
  .option('-c, --concurrency <N>', 'how many inputs at once in each (default: 64)', wholeNumber)
  .addOption(new Option('--kind <KIND>', 'where to run').choices(['process', 'thread', 'inline']).default('process'))
  .option('-k, --keep-order', 'write records in the order of the inputs, not as they come')
  .addOption(
    new Option('--input <FORMAT>', 'how to read inputs (default: by file name, else lines)').choices([
      'lines',
      'jsonl',
    ]),
  )
  .option('-q, --quiet', 'no closing line')
  .addHelpText(
    'after',
    `
Examples:
  $ polyloop map ./title.ts#fetchTitle urls.txt > titles.jsonl
  $ find . -name '*.md' | polyloop map ./render.ts -j 4 -k
  $ polyloop map ./score.ts -c 200 rows.jsonl

A record is {"seq":1,"ok":true,"value":…,"ms":12.3,"attempts":1}, or has "error" in place of "value"; seq counts inputs from 1.
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

function wholeNumber(written: string): number {
  const value = Number(written);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('It takes a whole number, 1 or more.');
}
