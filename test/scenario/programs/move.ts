// Moves 256 MB to a thread and back, and prints by how much that raised the most memory ever used.
import { isMain, Pool } from '../../../src/index.ts';
import { touch } from '../../tasks/bytes.ts';

if (isMain(import.meta)) {
  const pool = new Pool({ kind: 'thread', workers: 1 });
  await pool.with({ transfer: [] }).run(touch, new Uint8Array(8));
  const bytes = new Uint8Array(256 << 20).fill(1);
  const before = process.resourceUsage().maxRSS;
  const back = await pool.with({ transfer: [bytes.buffer] }).run(touch, bytes);
  const grownMb = (process.resourceUsage().maxRSS - before) / 1_024;
  console.log(JSON.stringify({ length: back.length, first: back[0], last: back.at(-1), left: bytes.length, grownMb }));
}
