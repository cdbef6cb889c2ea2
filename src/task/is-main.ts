// Whether a module is the program itself, on every supported Node.
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';

import { realm } from './realm.ts';

/**
 * True in the module that `node` was started with, and false in every worker of a pool, which loads that module only
 * for its task functions. What starts the program belongs behind it.
 *
 * @example
 * if (isMain(import.meta)) {
 *   await using pool = new Pool();
 *   console.log(await pool.run(double, 21));
 * }
 */
export function isMain(meta: { readonly url: string; readonly main?: boolean }): boolean {
  if (realm.isWorker) return false;
  // Node 24.2 and later know it themselves, also where --preserve-symlinks-main is in play.
  if (typeof meta.main === 'boolean') return meta.main;
  const script = process.argv[1];
  if (!isMainThread || script === undefined || !meta.url.startsWith('file:')) return false;
  const path = fileURLToPath(meta.url);
  return samePath(path, script) || samePath(path, `${script}.js`) || samePath(path, `${script}/index.js`);
}

function samePath(one: string, other: string): boolean {
  try {
    return one === other || realpathSync(one) === realpathSync(other);
  } catch {
    return false;
  }
}
