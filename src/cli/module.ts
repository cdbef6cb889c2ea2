// MODULE[#EXPORT], as it is written on the command line: a file, or the name of a package.
import { readFileSync, statSync } from 'node:fs';
import { createRequire, findPackageJSON } from 'node:module';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { UsageError } from './usage-error.ts';

export interface ModuleExport {
  readonly url: string;
  readonly name: string;
}

/** Finds the module as seen from a folder. Throws {@link UsageError} where there is none. */
export function findModule(written: string, folder: string): ModuleExport {
  const hash = written.lastIndexOf('#');
  const specifier = hash < 0 ? written : written.slice(0, hash);
  const name = hash < 0 ? 'default' : written.slice(hash + 1);
  if (specifier === '' || name === '') {
    throw new UsageError(
      `'${written}' names no function; write MODULE or MODULE#EXPORT, for instance ./title.ts#fetchTitle.`,
    );
  }
  const path = resolve(folder, specifier);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) return { url: pathToFileURL(path).href, name };
  const url = specifier.startsWith('file:') ? specifier : findPackage(specifier, folder);
  if (url !== undefined) return { url, name };
  throw new UsageError(`There is no file '${specifier}' in ${folder}, and no installed package of that name.`);
}

function findPackage(specifier: string, folder: string): string | undefined {
  const from = pathToFileURL(resolve(folder, 'noop.js'));
  try {
    const found = createRequire(from).resolve(specifier);
    // Node's own modules have names, not paths.
    return found === specifier ? `node:${specifier.replace(/^node:/, '')}` : pathToFileURL(found).href;
  } catch {
    return findModuleOnlyPackage(specifier, from);
  }
}

/** A package that can only be imported is invisible to `require.resolve`. Its package.json says where it begins. */
function findModuleOnlyPackage(specifier: string, from: URL): string | undefined {
  // What lies deeper in a package is for its `exports` to say, and require.resolve has asked them.
  if (!/^(?:@[^/]+\/)?[^/]+$/.test(specifier)) return undefined;
  try {
    const manifest = findPackageJSON(specifier, from);
    if (manifest === undefined) return undefined;
    const { exports } = JSON.parse(readFileSync(manifest, 'utf8')) as { exports?: unknown };
    const entry = importTarget(exports);
    return entry === undefined ? undefined : pathToFileURL(resolve(dirname(manifest), entry)).href;
  } catch {
    return undefined;
  }
}

function importTarget(exports: unknown): string | undefined {
  if (typeof exports === 'string') return exports;
  if (typeof exports !== 'object' || exports === null) return undefined;
  const conditions = exports as Record<string, unknown>;
  for (const key of ['.', 'node', 'import', 'default']) {
    const target = key in conditions ? importTarget(conditions[key]) : undefined;
    if (target !== undefined) return target;
  }
  return undefined;
}
