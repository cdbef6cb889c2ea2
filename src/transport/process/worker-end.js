// Where a worker process begins. It loads next to nothing before the compile cache is on, so that all that follows, the
// user's modules too, is compiled once for all workers and not once in each. And it is JavaScript: to take the types out of
// this file Node would load what takes types out, which alone takes longer than a bare worker to start.
import { enableCompileCache } from 'node:module';

enableCompileCache();
await import('./serve.ts');
