// Plays a case that ends this program, or holds it.
import { isMain, Pool } from '../../../src/index.ts';
import { optionsFor, play } from './play.ts';
import type { Case } from './table.ts';

const hangMs = 25_000;

if (isMain(import.meta)) {
  const one = JSON.parse(process.argv[2] ?? '') as Case;
  const pool = new Pool(optionsFor(one));
  setTimeout(() => {
    console.error(pool.inspect());
    process.exit(99);
  }, hangMs);
  const { end } = await play(pool, one);
  // What was to end it may come a moment after the result.
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  console.error('The program has come through it:', end);
  process.exit(98);
}
