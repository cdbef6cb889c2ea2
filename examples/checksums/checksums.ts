// The same with the library: prints size and SHA-256 of every file below a folder, as one JSON value per line.
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';

import { Pool, tasksFrom } from '../../src/index.ts';

const { default: checksum } = tasksFrom<typeof import('./checksum.ts')>(new URL('./checksum.ts', import.meta.url));

async function* filesBelow(folder: string): AsyncGenerator<string> {
  for await (const entry of await opendir(folder, { recursive: true }))
    if (entry.isFile()) yield join(entry.parentPath, entry.name);
}

await using pool = new Pool();
// The folder is listed no faster than its files are read: a million of them need no list in memory.
for await (const file of pool.map(checksum, filesBelow(process.argv[2] ?? '.'))) console.log(JSON.stringify(file));
