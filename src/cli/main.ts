// The command `polyloop`: reads what was asked for, and turns how it went into an exit status.
import { Writable } from 'node:stream';
import { inspect } from 'node:util';

import { Argument, Command, CommanderError } from 'commander';

import { InvalidOptionError } from '../index.ts';
import { visible } from '../report/visible.ts';
import { endsItself, leave, otherFailure, signalled, watchExit } from './exit.ts';
import { completionScript, shells, type Shell } from './completion.ts';
import { ownVersion } from './joblog/header.ts';
import { mapCommand } from './map-command.ts';
import { map } from './map.ts';
import { messageOf } from './message-of.ts';
import { reportCommand } from './report-command.ts';
import { UsageError } from './usage-error.ts';

watchExit();

const program = new Command('polyloop')
  .description('Runs async functions over many inputs, over all cores, hundreds at once in each.')
  .exitOverride()
  .configureOutput({ writeErr: (text) => process.stderr.write(visible(text)) })
  .version(ownVersion(), '-V, --version', 'tell the version')
  .showHelpAfterError('(polyloop map --help shows what there is)')
  .addHelpText(
    'after',
    `
Examples:
  $ polyloop map ./title.ts#fetchTitle urls.txt > titles.jsonl
  $ polyloop map ./score.ts rows.csv -o scores.jsonl --joblog scores.log --resume
  $ polyloop report scores.log

polyloop map --help shows what there is.`,
  );

program.addCommand(
  mapCommand(async (module, files, options, given) => {
    const status = await map(module, files, options, given);
    // After a signal nobody may be reading.
    await written(process.stderr, status > signalled && status < otherFailure ? (options.grace ?? 5_000) : Infinity);
    // At once: a file that is read, such as a pipe with a name, cannot always be let go of.
    leave(status);
  }).copyInheritedSettings(program),
);

program.addCommand(reportCommand().copyInheritedSettings(program));

program
  .command('completion')
  .description('Write a script that teaches a shell to complete this command.')
  .addArgument(new Argument('<SHELL>', 'the shell that reads it').choices(shells))
  .action((shell: Shell) => {
    process.stdout.write(completionScript(shell, program));
  });

try {
  await program.parseAsync();
  endsItself();
} catch (error) {
  const status = exitStatus(error);
  for (const stream of [process.stdout, process.stderr]) await written(stream, Infinity);
  // At once: inline, what was given up may still be under way.
  leave(status);
}

/** Resolves when the reader of a pipe has taken what was written to it, or is gone, or after this time. Records are written by the end of a run. */
function written(stream: Writable, limitMs: number): Promise<void> {
  if (stream.writableLength === 0 || !stream.writable) return Promise.resolve();
  return new Promise((resolve) => {
    if (limitMs !== Infinity) setTimeout(resolve, limitMs);
    // The method of the class: inline, what tasks print is taken by replacing that of the stream.
    Writable.prototype.write.call(stream, '', 'utf8', () => resolve());
  });
}

/** With the causes, each with its stack. What has a cause was made by the command to say it, and its own stack tells nothing. */
function inDetail(error: unknown): string {
  if (!(error instanceof UsageError) || !(error.cause instanceof Error)) return inspect(error);
  const { cause } = error;
  return `${error.message}\n${inspect(cause.message === error.message ? (cause.cause ?? cause) : cause)}`;
}

/** What the user can mend in a line, whatever names are in it; anything else with its stack, for us. */
function toldOf(error: unknown): string {
  if (process.argv.includes('--debug')) return inDetail(error);
  if (error instanceof UsageError || error instanceof InvalidOptionError) return error.message.replaceAll('\n', '\\n');
  return error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
}

function exitStatus(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : otherFailure;
  process.stderr.write(`polyloop: ${visible(toldOf(error))}\n`);
  return otherFailure;
}
