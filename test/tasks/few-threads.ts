// To be preloaded into worker processes: as if there may be no more threads, so many times (`FEW_THREADS_TIMES`).
import { syncBuiltinESMExports } from 'node:module';
import threads from 'node:worker_threads';

const { Worker } = threads;
let left = Number(process.env['FEW_THREADS_TIMES']);

threads.Worker = class extends Worker {
  constructor(...given: ConstructorParameters<typeof Worker>) {
    if (left-- > 0) throw Object.assign(new Error('EAGAIN'), { code: 'ERR_WORKER_INIT_FAILED' });
    super(...given);
  }
};
syncBuiltinESMExports();
