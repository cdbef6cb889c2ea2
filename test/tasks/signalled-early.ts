// To be preloaded into workers: the first few get a signal before they are up.
import { appendFileSync, readFileSync } from 'node:fs';

const { EARLY_FILE: file = '', EARLY_COUNT: count } = process.env;
appendFileSync(file, 'started\n');
if (readFileSync(file, 'utf8').split('\n').length - 1 <= Number(count)) {
  process.kill(process.pid, 'SIGTERM');
  // The signal comes before this is over.
  await new Promise((resolve) => setTimeout(resolve, 5_000));
}
