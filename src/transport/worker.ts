// `polyloop/worker`: what a bundled program puts into a file of its own for workers to start with (`workerEntry`).
import { enableCompileCache } from 'node:module';
import { isMainThread } from 'node:worker_threads';

import { isUnbegunWorker } from './surroundings/started-as.ts';

if (!isUnbegunWorker()) {
  throw new Error(
    "'polyloop/worker' is for the file that workers start with, which `workerEntry` names; no pool has started this.",
  );
}
enableCompileCache();
// No `await` at the top level, for a bundler may write CommonJS. Messages wait until they are read.
if (isMainThread) void import('./process/serve.ts');
else void import('./thread/serve.ts');
