// The folders that relative paths start from.
import { arrayFilter } from '../../task/arrays.ts';

/** The current folder; undefined where it is gone. */
export function currentFolder(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}

/** The one that polyloop was loaded in. The program was started there, unless it has moved before. */
const folderAtLoad = currentFolder();
const folderOfShell = process.env['PWD'];

/** Where this program was started, the likeliest first. */
export const startFolders: readonly string[] = arrayFilter(
  [folderAtLoad, folderOfShell],
  (folder) => folder !== undefined,
);
