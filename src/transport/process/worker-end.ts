// Where a worker process begins. It loads next to nothing before the compile cache is on, so that all that follows, the
// user's modules too, is compiled once for all workers and not once in each.
import { enableCompileCache } from 'node:module';

enableCompileCache();
await import('./serve.ts');
