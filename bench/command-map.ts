// A program that does with the library what the command does without code.
import { Pool, tasksFrom } from '../src/index.ts';

const [, , file = '', count = '1', workers = '1'] = process.argv;
const { default: echo } = tasksFrom<{ default(line: string): string }>(`file://${file}`);
const pool = new Pool({ workers: Number(workers) });

function* lines(): Generator<string> {
  for (let n = 1; n <= Number(count); n++) yield `${n}`;
}

let read = 0;
for await (const line of pool.map(echo, lines())) if (line !== '') read++;
process.stdout.write(`${read}\n`);
await pool.close();
