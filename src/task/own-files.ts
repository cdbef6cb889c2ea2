// Where polyloop's own files are, for stacks from which their lines are left out.
import { fileURLToPath } from 'node:url';

/** Undefined in a bundle: there its lines cannot be told from the user's, and CommonJS has no `import.meta.url`. */
const { url } = import.meta as { readonly url?: string };
const folder = url !== undefined && /\/task\/own-files\.[jt]s$/.test(url) ? new URL('../', url) : undefined;
const texts = folder === undefined ? [] : [folder.href, fileURLToPath(folder)];

/** True for a line of a stack that leads to one of them. */
export function isOwnLine(line: string): boolean {
  for (const text of texts) if (line.includes(text)) return true;
  return false;
}
