// `polyloop report`: makes the page about a run from its job log, whenever and wherever that is.
import { Command } from 'commander';

import { visibleLine } from '../report/visible.ts';
import { HistoryBuilder } from './joblog/history.ts';
import { messageOf } from './message-of.ts';
import { checkUses } from './output/uses.ts';
import { checkPlaces, writeReports } from './reports.ts';
import { UsageError } from './usage-error.ts';

interface ReportOptions {
  readonly output?: string;
  readonly trace?: string;
}

export function reportCommand(): Command {
  return new Command('report')
    .description('Make a page (HTML) about a run from its job log.')
    .argument('<JOBLOG>', 'what polyloop map --joblog has written; the run may still go on')
    .option('-o, --output <FILE>', 'where to write the page (default: the name of the log with .html)')
    .option('--trace <FILE>', "write the run in Chrome's trace format as well")
    .option('--debug', 'tell where errors come from')
    .addHelpText('after', '\nExample:\n  $ polyloop report scores.log    # writes scores.html')
    .action(async (joblog: string, options: ReportOptions) => {
      const report = options.output ?? `${joblog.replace(/\.(log|jsonl)$/, '')}.html`;
      const files = { report, ...(options.trace !== undefined && { trace: options.trace }) };
      checkPlaces(Object.values(files));
      checkUses(Object.values(files), [{ file: joblog }]);
      const history = historyOf(joblog);
      if (history === undefined) throw new UsageError(`${joblog} tells of no run.`);
      await writeReports(history, files);
      process.stderr.write(`${Object.values(files).map(visibleLine).join('\n')}\n`);
    });
}

function historyOf(joblog: string): ReturnType<HistoryBuilder['build']> {
  try {
    return HistoryBuilder.ofLog(joblog).build();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`Cannot read ${joblog}: ${messageOf(error)}.`);
  }
}
