// A task that uses every channel that is the user's.
import { createInterface } from 'node:readline';

import { isMain, Pool, task, type WorkerKind } from '../../../src/index.ts';

const useAll = task(import.meta, async function useAll(): Promise<unknown> {
  console.log('task on stdout');
  console.error('task on stderr');
  let messages = 0;
  process.on('message', () => messages++);
  let read = '';
  for await (const line of createInterface({ input: process.stdin })) read += line;
  return { read, messages, send: typeof process.send };
});

if (isMain(import.meta)) {
  let heard = 0;
  process.on('message', () => heard++);
  const pool = new Pool({ kind: process.argv[2] as WorkerKind, workers: 1 });
  console.log(JSON.stringify(await pool.run(useAll)));
  let read = '';
  for await (const line of createInterface({ input: process.stdin })) read += line;
  console.log(JSON.stringify({ heard, parentRead: read }));
}
