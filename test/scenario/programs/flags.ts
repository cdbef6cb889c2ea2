// Leaves the folder in which it was started, and says what its workers have of its flags.
import type { PoolOptions, WorkerKind } from '../../../src/index.ts';

const { FLAGS_MOVES: moves, FLAGS_OPTIONS: options = '{}', FLAGS_KINDS: kinds = 'process,thread' } = process.env;
if (moves === 'before') process.chdir('/');
const { Pool } = await import('../../../src/index.ts');
const { flagged } = await import('../../tasks/flagged.ts');

const pools = kinds
  .split(',')
  .map((kind) => new Pool({ kind: kind as WorkerKind, workers: 1, ...(JSON.parse(options) as PoolOptions) }));
if (moves === 'after') process.chdir('/');
const seen = await Promise.all(
  pools.map(async (pool) => {
    try {
      return await pool.run(flagged);
    } catch (error) {
      return String(error);
    } finally {
      await pool.close();
    }
  }),
);
console.log(JSON.stringify(seen));
