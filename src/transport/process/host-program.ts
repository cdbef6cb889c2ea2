// The program that worker processes are started with. `process.execPath` is Node in most programs. In a single executable it
// is the program itself, which would run again instead of a worker, and start workers again.

/** What is known of the program that runs here. */
export interface HostProgram {
  readonly versions: Readonly<Record<string, string | undefined>>;
  /** Node's single executable application. */
  readonly isSea: boolean;
  /** Packaged by pkg. */
  readonly isPkg: boolean;
  /** Compiled by `bun build --compile` or `deno compile`. */
  readonly isCompiled: boolean;
}

const globals = globalThis as typeof globalThis & {
  readonly Bun?: { readonly main?: string };
  readonly Deno?: { readonly build?: { readonly standalone?: boolean } };
};
const pathAtLoad = process.execPath;

function thisProgram(): HostProgram {
  // Other runtimes than Node need not have it.
  const sea = process.getBuiltinModule('node:sea') as Partial<typeof import('node:sea')> | undefined;
  return {
    versions: process.versions,
    isSea: sea?.isSea?.() === true,
    isPkg: 'pkg' in process,
    isCompiled: /[\\/](\$bunfs|~BUN)[\\/]/.test(globals.Bun?.main ?? '') || globals.Deno?.build?.standalone === true,
  };
}

/** Why `process.execPath` cannot run a worker, and what to do; undefined where it can as far as is known. */
export function whyNoWorkerProcess(program = thisProgram(), execPath = process.execPath): string | undefined {
  // A program that has set another path has said what to run.
  if (execPath !== pathAtLoad) return undefined;
  const what = program.isSea
    ? 'a single executable application'
    : program.isPkg
      ? 'a program packaged by pkg'
      : program.isCompiled
        ? 'a compiled program'
        : undefined;
  if (what === undefined) return undefined;
  return (
    `\`kind: 'process'\` starts workers with process.execPath, and here that is ${what} (${execPath}), which would run itself ` +
    "again instead of a worker. Give `execPath`, the path of a plain Node, or use `kind: 'thread'`."
  );
}

/** Environment variables without which `process.execPath` does not run as Node. */
export function hostVariables({ versions }: Pick<HostProgram, 'versions'> = process): NodeJS.ProcessEnv {
  return versions['electron'] === undefined ? {} : { ELECTRON_RUN_AS_NODE: '1' };
}
