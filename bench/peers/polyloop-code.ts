// Which polyloop is measured: the sources of this repository, or (`--built`) what `npm run build` made of them, which is
// what users have. It matters for the start: Node strips the types of the sources in every worker.
import type { Tasks } from './peer.ts';

const polyloop = (await import(
  process.env['BENCH_BUILT'] === '1' ? '../../dist/index.js' : '../../src/index.ts'
)) as typeof import('../../src/index.ts');

export const { Pool, context, task } = polyloop;
export type Pool = InstanceType<typeof Pool>;

/** The tasks of all peers, as references. */
export const tasks = polyloop.tasksFrom<Tasks>(new URL('./tasks.mjs', import.meta.url));
