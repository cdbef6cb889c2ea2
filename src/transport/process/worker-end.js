// Where a worker process begins. It loads next to nothing before the compile cache is on, so that all that follows, the
// user's modules too, is compiled once for all workers and not once in each. And it is JavaScript: to take the types out of
// this file Node would load what takes types out, which alone takes longer than a bare worker to start.
import { enableCompileCache } from 'node:module';

// Ctrl-C, a service manager, `timeout` and a terminal that closes signal the whole process group. What it means is for the
// pool's process to say: when that ends, this process ends too. These are the signals that end a process, and that people and
// programs send to groups. Until this line they end a worker, so it stands before all else.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGBREAK']) process.on(signal, () => {});

enableCompileCache();
await import('./serve.ts');
