// Flags of `node` with relative paths mean something else after `process.chdir()`. For workers they are made absolute.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { arrayFind } from '../../task/arrays.ts';
import { toJson } from '../../task/platform.ts';
import { currentFolder } from './current-folder.ts';

/** A value of a flag, and the folders that it may be relative to, the likeliest first. */
type Rewrite = (value: string, folders: readonly string[]) => string;

/** What Node reads: it is where there is such a file. */
const input: Rewrite = (value, folders) =>
  value === '' || value === '*' || isAbsolute(value) ? value : (foundFrom(value, folders) ?? value);

/** What Node writes, which need not be there yet. */
const output: Rewrite = (value, folders) =>
  value === '' || isAbsolute(value) || isHere(folders[0]) ? value : resolve(folders[0] ?? '', value);

/** Node resolves it whether it is there or not. */
const allowed: Rewrite = (value, folders) => (value === '*' ? value : output(value, folders));

const required: Rewrite = (value, folders) => {
  if (isAbsolute(value) || isRelative(value)) return input(value, folders);
  return isHere(folders[0]) ? value : (packageFrom(value, folders) ?? value);
};

/** A module that is imported by its path, or by the name of a package, which is looked for from the current folder. */
const imported: Rewrite = (value, folders) => {
  if (isAbsolute(value) || URL.canParse(value)) return value;
  if (isRelative(value)) return asUrl(value, foundFrom(value, folders));
  return isHere(folders[0]) ? value : importedFrom(value, folders[0] ?? '/');
};

const hooks: Rewrite = (value, folders) => {
  if (isAbsolute(value) || URL.canParse(value)) return value;
  if (isRelative(value)) return asUrl(value, foundFrom(value, folders));
  return isHere(folders[0]) ? value : asUrl(value, packageFrom(value, folders));
};

const rewrites: Readonly<Record<string, Rewrite>> = {
  '--import': imported,
  '--require': required,
  '-r': required,
  '--loader': hooks,
  '--experimental-loader': hooks,
  '--allow-fs-read': allowed,
  '--allow-fs-write': allowed,
  '--cpu-prof-dir': output,
  '--diagnostic-dir': output,
  '--env-file': input,
  '--env-file-if-exists': input,
  '--experimental-config-file': input,
  '--heap-prof-dir': output,
  '--icu-data-dir': input,
  '--localstorage-file': output,
  '--openssl-config': input,
  '--redirect-warnings': output,
  '--report-dir': output,
  '--report-directory': output,
  '--snapshot-blob': input,
  '--tls-keylog': output,
  '--trace-event-file-pattern': output,
};

/** A path of a file that is relative to one of these folders, made absolute; as it is where it leads to it from the current folder. */
export function absolutePath(value: string, folders: readonly string[]): string {
  return folders.length === 0 ? value : input(value, folders);
}

/** The flags, with paths that were relative to one of these folders; as they are where they mean the same in the current folder. */
export function absoluteFlags(flags: readonly string[], folders: readonly string[]): string[] {
  if (folders.length === 0) return [...flags];
  const result: string[] = [];
  for (let at = 0; at < flags.length; at++) {
    const flag = flags[at] ?? '';
    const equals = flag.indexOf('=');
    const rewrite = rewrites[equals < 0 ? flag : flag.slice(0, equals)];
    if (flag === '--experimental-default-config-file') {
      const file = input('node.config.json', folders);
      result[result.length] = isAbsolute(file) ? `--experimental-config-file=${file}` : flag;
    } else if (rewrite === undefined) result[result.length] = flag;
    else if (equals >= 0) result[result.length] = flag.slice(0, equals + 1) + rewrite(flag.slice(equals + 1), folders);
    else {
      result[result.length] = flag;
      const value = flags[++at];
      if (value !== undefined) result[result.length] = rewrite(value, folders);
    }
  }
  return result;
}

function isHere(folder: string | undefined): boolean {
  return folder === currentFolder();
}

function asUrl(value: string, file: string | undefined): string {
  return file === undefined ? value : pathToFileURL(file).href;
}

function isRelative(value: string): boolean {
  return /^\.\.?([\\/]|$)/.test(value);
}

/** The file in the first folder that has it; undefined where that is the current folder, or none has it. */
function foundFrom(value: string, folders: readonly string[]): string | undefined {
  const folder = arrayFind(folders, (each) => existsSync(resolve(each, value)));
  return folder === undefined || isHere(folder) ? undefined : resolve(folder, value);
}

/** The file that `require` of a package means. */
function packageFrom(name: string, folders: readonly string[]): string | undefined {
  for (const folder of folders) {
    try {
      return createRequire(join(folder, 'noop.js')).resolve(name);
    } catch {
      // Not to be found from there.
    }
  }
  return undefined;
}

/** A module that imports a package as if it stood in that folder. `createRequire` would find what the package offers to `require`, which may be another file. */
function importedFrom(name: string, folder: string): string {
  const parent = pathToFileURL(join(folder, 'noop.js')).href;
  const code = `import { registerHooks } from 'node:module';
const hooks = registerHooks({
  resolve: (name, context, next) =>
    next(name, context.parentURL === import.meta.url ? { ...context, parentURL: ${toJson(parent)} } : context),
});
await import(${toJson(name)}).finally(() => hooks.deregister());`;
  return `data:text/javascript,${encodeURIComponent(code)}`;
}
