// How the command was called: by its name, by a package manager, or as a script of Node. Whoever is told to run it again can call it so.
import { existsSync } from 'node:fs';
import { basename, delimiter, dirname, isAbsolute, join, relative } from 'node:path';

/** Of the process. */
export interface Calling {
  readonly argv0: string;
  readonly execArgv: readonly string[];
  /** The script, with its whole path. */
  readonly script: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
  /** Whether there is such a file. */
  readonly isThere: (file: string) => boolean;
}

const name = 'polyloop';

/** The words before the subcommand: `polyloop`, `npx polyloop`, `node src/cli/main.ts`. */
export function calledAs(calling: Calling = callingOf(process)): readonly string[] {
  const { execArgv, script, env } = calling;
  const isInstalled = /[\\/]node_modules[\\/]/.test(script);
  const agent = /^\w+/.exec(env['npm_config_user_agent'] ?? '')?.[0] ?? '';
  if (execArgv.length > 0) return asScript(calling);
  const managed = isInstalled ? byManager[agent]?.(env['npm_command'] === 'dlx' || isDownloaded(script)) : undefined;
  if (managed !== undefined) return [...managed, name];
  // Some package managers install a shell script of that name, which calls the file itself.
  if (basename(script) === name) return [isOnPath(calling, script) ? name : fromFolder(calling)];
  return isInstalled && foldersOnPath(calling).some((folder) => calling.isThere(join(folder, name)))
    ? [name]
    : asScript(calling);
}

/** They say who they are to what they start. What they run of a script of `package.json` they also run by itself. */
const byManager: Readonly<Record<string, (isDownloaded: boolean) => readonly string[]>> = {
  npm: () => ['npx'],
  pnpm: (isOnlyForThis) => ['pnpm', isOnlyForThis ? 'dlx' : 'exec'],
  yarn: (isOnlyForThis) => (isOnlyForThis ? ['yarn', 'dlx'] : ['yarn']),
  bun: () => ['bunx'],
};

/** It is in the folder that `dlx` has made for it. */
function isDownloaded(script: string): boolean {
  return /[\\/]dlx(?:-\d+)?[\\/]/.test(script);
}

function asScript(calling: Calling): readonly string[] {
  const { argv0, execArgv } = calling;
  const node = isOnPath(calling, argv0) ? basename(argv0) : argv0;
  return [node, ...execArgv, fromFolder(calling, '')];
}

/** As it is called from the current folder: by a short path where it is in it. */
function fromFolder({ script, folder }: Calling, here = './'): string {
  const short = relative(folder, script);
  return short.startsWith('..') || isAbsolute(short) ? script : `${here}${short}`;
}

function isOnPath(calling: Calling, file: string): boolean {
  return foldersOnPath(calling).includes(dirname(file));
}

function foldersOnPath({ env }: Calling): readonly string[] {
  return (env['PATH'] ?? '').split(delimiter);
}

function callingOf({ argv0, execArgv, argv, env }: NodeJS.Process): Calling {
  return { argv0, execArgv, script: argv[1] ?? '', env, folder: process.cwd(), isThere: existsSync };
}
