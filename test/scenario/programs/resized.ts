// Makes its pool smaller, and waits for that; nothing else keeps it alive. The worker that is too many takes its time to tear down.
import { Pool } from '../../../src/index.ts';
import { sleep } from '../../tasks/basic.ts';

await using pool = new Pool({ workers: 2, teardown: { task: sleep, args: [300] } });
await pool.broadcast(sleep, 0);
await pool.resize(1);
console.log(`${pool.stats().workers.length} left`);
