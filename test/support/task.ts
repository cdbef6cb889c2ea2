// What most task functions of the tests need of polyloop, and no more: a worker that loads all of it takes twice as long to
// start. Some of them import it whole, so that workers which do so are tried as well.
export { context, type WorkerInfo, type WorkerKind } from '../../src/task/context.ts';
export { isMain } from '../../src/task/is-main.ts';
export { fromWire, portable, toWire } from '../../src/task/portable.ts';
export { task } from '../../src/task/task-function.ts';
