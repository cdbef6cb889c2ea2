// Flags of `node` with relative paths mean something else after `process.chdir()`. For workers they are made absolute.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { toJson } from '../../task/platform.ts';
import { currentFolder } from './current-folder.ts';

type Rewrite = (value: string, folders: readonly string[]) => string;

const path: Rewrite = (value, folders) =>
  value === '' || value === '*' || isAbsolute(value) ? value : resolved(value, folders);

const required: Rewrite = (value, folders) => {
  if (isAbsolute(value)) return value;
  if (isRelative(value)) return resolved(value, folders);
  return found(value, folders) ?? value;
};

/** A module that is imported by its path, or by the name of a package, which is looked for from the current folder. */
const imported: Rewrite = (value, folders) => {
  if (isAbsolute(value) || URL.canParse(value)) return value;
  if (isRelative(value)) return pathToFileURL(resolved(value, folders)).href;
  return importedFrom(value, folders[0] ?? '/');
};

const hooks: Rewrite = (value, folders) => {
  if (isRelative(value)) return pathToFileURL(resolved(value, folders)).href;
  const file = isAbsolute(value) || URL.canParse(value) ? undefined : found(value, folders);
  return file === undefined ? value : pathToFileURL(file).href;
};

const rewrites: Readonly<Record<string, Rewrite>> = {
  '--import': imported,
  '--require': required,
  '-r': required,
  '--loader': hooks,
  '--experimental-loader': hooks,
  '--allow-fs-read': path,
  '--allow-fs-write': path,
  '--cpu-prof-dir': path,
  '--diagnostic-dir': path,
  '--env-file': path,
  '--env-file-if-exists': path,
  '--experimental-config-file': path,
  '--heap-prof-dir': path,
  '--icu-data-dir': path,
  '--localstorage-file': path,
  '--openssl-config': path,
  '--redirect-warnings': path,
  '--report-dir': path,
  '--report-directory': path,
  '--snapshot-blob': path,
  '--tls-keylog': path,
  '--trace-event-file-pattern': path,
};

/** A path that is relative to the first of these folders in which it leads to something, made absolute; as it is where the current folder is still that one. */
export function absolutePath(value: string, folders: readonly string[]): string {
  return isMoved(folders) ? path(value, folders) : value;
}

/** The flags, with paths that were relative to the first of these folders in which they lead to something; as they are where the current folder is still that one. */
export function absoluteFlags(flags: readonly string[], folders: readonly string[]): string[] {
  if (!isMoved(folders)) return [...flags];
  const result: string[] = [];
  for (let at = 0; at < flags.length; at++) {
    const flag = flags[at] ?? '';
    const equals = flag.indexOf('=');
    const rewrite = rewrites[equals < 0 ? flag : flag.slice(0, equals)];
    if (flag === '--experimental-default-config-file') {
      result.push(`--experimental-config-file=${resolved('node.config.json', folders)}`);
    } else if (rewrite === undefined) result.push(flag);
    else if (equals >= 0) result.push(flag.slice(0, equals + 1) + rewrite(flag.slice(equals + 1), folders));
    else {
      result.push(flag);
      const value = flags[++at];
      if (value !== undefined) result.push(rewrite(value, folders));
    }
  }
  return result;
}

function isMoved(folders: readonly string[]): boolean {
  const current = currentFolder();
  return folders.some((folder) => folder !== current);
}

function isRelative(value: string): boolean {
  return /^\.\.?([\\/]|$)/.test(value);
}

function resolved(value: string, folders: readonly string[]): string {
  const paths = folders.map((folder) => resolve(folder, value));
  return paths.find((each) => existsSync(each)) ?? paths[0] ?? value;
}

/** The file that `require` of a package means. */
function found(name: string, folders: readonly string[]): string | undefined {
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
