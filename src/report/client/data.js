// What the page carries, as it is drawn: the blocks of the timeline are columns of numbers, by rows.

export const data = JSON.parse(document.querySelector('#data').textContent);
export const blocks = readBlocks(data.timeline);
/** Tasks that all is known of. */
export const allKept = data.timeline.kept.map(readTask);
/** By their number; an input of a resumed run may have ended twice. */
const kept = Map.groupBy(allKept, ({ seq }) => seq);

function readTask([seq, startMs, ms, waitMs, attempts, worker, input, error]) {
  return { seq, startMs, ms, waitMs, attempts, worker, input, error };
}

/** Whole numbers, seven bits to a byte, the lowest first; the eighth says that there are more. */
export function readNumbers(base64) {
  const numbers = [];
  let number = 0;
  let place = 1;
  for (const character of atob(base64)) {
    const byte = character.charCodeAt(0);
    number += (byte % 128) * place;
    place *= 128;
    if (byte >= 128) continue;
    numbers.push(number);
    number = 0;
    place = 1;
  }
  return numbers;
}

function unfolded(number) {
  return number % 2 === 1 ? -(number + 1) / 2 : number / 2;
}

function readBlocks(timeline) {
  const perRow = readNumbers(timeline.blocks);
  const from = Float64Array.from(readNumbers(timeline.starts), (ticks) => ticks * timeline.tickMs);
  const to = Float64Array.from(readNumbers(timeline.lengths), (ticks) => ticks * timeline.tickMs);
  const seqs = readNumbers(timeline.seqs);
  const rows = [];
  let at = 0;
  for (const length of perRow) {
    const after = at + length;
    rows.push({ first: at, after });
    for (let start = 0; at < after; at++) {
      start += from[at];
      from[at] = start;
      to[at] += start;
    }
  }
  let seq = 0;
  return {
    rows,
    from,
    to,
    counts: readNumbers(timeline.counts),
    failed: readNumbers(timeline.failed),
    seqs: seqs.map((step) => (seq += unfolded(step))),
  };
}

/** What is known of the task in a block of one. */
export function taskIn(block) {
  if (blocks.counts[block] !== 1) return undefined;
  const tasks = kept.get(blocks.seqs[block]) ?? [];
  const distance = (task) => Math.abs(task.startMs - blocks.from[block]);
  return tasks.toSorted((a, b) => distance(a) - distance(b)).at(0);
}
