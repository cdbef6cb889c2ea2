// A program whose tasks stand in the main script. Arguments: a kind, and a folder to change to before the first task.
import { isMain, Pool, task, type WorkerKind } from '../../../src/index.ts';

const whereAmI = task(import.meta, async function whereAmI(): Promise<string> {
  return `${isMain(import.meta)} ${import.meta.url}`;
});

if (isMain(import.meta)) {
  const [kind, folder] = process.argv.slice(2);
  if (folder !== undefined) process.chdir(folder);
  const pool = new Pool({ kind: kind as WorkerKind, workers: 1 });
  console.log(await pool.run(whereAmI));
}
