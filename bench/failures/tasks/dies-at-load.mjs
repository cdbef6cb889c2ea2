// @ts-check
import { endWorker } from './end-worker.mjs';
import { log } from './log.mjs';

log('loads');
endWorker();
