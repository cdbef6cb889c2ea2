// How a module is named: by the URL that a worker can import it by.
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';

import { DefinitionError } from '../errors.ts';

/** What says which module something stands in: `import.meta`, a URL, or (for CommonJS) `__filename`. */
export type ModuleLocation = { readonly url: string } | URL | string;

/** The URL of a module as a worker imports it. Throws {@link DefinitionError} for anything that depends on where one stands. */
export function moduleUrl(location: ModuleLocation, caller: string): string {
  // A URL may be of another realm; `import.meta` has no `href`.
  const given =
    typeof location === 'string'
      ? location
      : ((location as Partial<URL>)?.href ?? (location as { url?: unknown })?.url);
  if (typeof given !== 'string') {
    throw new DefinitionError(
      `${caller} takes import.meta or a module URL as its first argument; it was given ${String(given)} (${typeof given}). ` +
        'In a CommonJS module, give it `__filename`.',
    );
  }
  if (isAbsolute(given)) return pathToFileURL(given).href;
  if (URL.canParse(given)) return given;
  throw new DefinitionError(
    `${caller} takes an absolute module URL; '${given}' depends on where one stands. ` +
      `Write new URL('${given}', import.meta.url) for a file, or import.meta.resolve('${given}') for a package.`,
  );
}
