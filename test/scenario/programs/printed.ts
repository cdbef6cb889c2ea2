// Collects what its worker prints.
import { Pool, type WorkerKind } from '../../../src/index.ts';
import { printBoth } from '../../tasks/printing.ts';

const heard: Record<string, string> = {};
const pool = new Pool({
  kind: process.argv[2] as WorkerKind,
  workers: 1,
  onOutput: ({ worker, stream, chunk }) => {
    const name = `${stream} of ${worker.id}`;
    heard[name] = (heard[name] ?? '') + Buffer.from(chunk).toString();
  },
});
await pool.run(printBoth, 1);
await pool.run(printBoth, 2);
await pool.close();
process.stdout.write(JSON.stringify({ heard }));
