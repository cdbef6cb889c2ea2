// The file that workers of a bundled program start with.
declare global {
  var hasOwnWorkerEntry: boolean | undefined;
}

globalThis.hasOwnWorkerEntry = true;
await import('../../src/transport/worker.ts');
