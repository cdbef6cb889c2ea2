// Flags of `node` that a worker takes over from its parent: those of the command line, and those of NODE_OPTIONS.
import { arrayEvery } from '../../task/arrays.ts';
import { absoluteFlags } from './absolute-flags.ts';
import { startFolders } from './current-folder.ts';
import { parseNodeOptions, writeNodeOptions } from './node-options.ts';

const whatToRun =
  /^(-[epci]$|-pe$|--(eval|print|check|interactive|test|watch|run|input-type|build-snapshot|build-sea)(=|$))/;
/** Also what only one process at a time can have, what would write over the file of another, and what has been done: variables of env files are in `process.env`. */
const notInherited =
  /^(-[epci]|--(eval|print|check|interactive|test|watch|inspect|debug-port|run|input-type|cpu-prof|heap-prof|build-snapshot|build-sea|env-file))/;
/** The same in NODE_OPTIONS, which is there for child processes too. */
const notPassedOn = /^--(inspect|debug-port|cpu-prof-name|heap-prof-name)/;

/** True for a flag that makes `node` run something else than the file that it is given. */
export function saysWhatToRun(flag: string): boolean {
  return whatToRun.test(flag);
}

/** This process's own flags, without those that are not for workers; and paths mean what they meant when this process started. */
export function inheritedFlags(execArgv: readonly string[], folders = startFolders): string[] {
  return absoluteFlags(without(notInherited, execArgv), folders);
}

/** What workers inherit of NODE_OPTIONS: no port for a debugger, which this process has already; and paths mean what they meant when this process started. */
export function inheritedNodeOptions(text: string, folders: readonly string[]): string {
  const flags = parseNodeOptions(text);
  const kept = absoluteFlags(without(notPassedOn, flags), folders);
  return kept.length === flags.length && arrayEvery(kept, (flag, at) => flag === flags[at])
    ? text
    : writeNodeOptions(kept);
}

function without(pattern: RegExp, execArgv: readonly string[]): string[] {
  const flags: string[] = [];
  for (let at = 0; at < execArgv.length; at++) {
    const flag = execArgv[at] ?? '';
    if (!pattern.test(flag)) flags[flags.length] = flag;
    // A word that is no flag is the value of the flag before it.
    else if (execArgv[at + 1]?.startsWith('-') === false) at++;
  }
  return flags;
}
