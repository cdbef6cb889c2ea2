// Prints the path of every source file below node_modules, one per line.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const sources = /\.(?:[cm]?[jt]s|md)$/;

for (const entry of readdirSync('node_modules', { recursive: true, withFileTypes: true })) {
  if (entry.isFile() && sources.test(entry.name)) console.log(join(entry.parentPath, entry.name));
}
