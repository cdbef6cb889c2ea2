// The columns of CSV are those of the first value that is an object, in the order of the inputs, in whatever order they end. So
// what ends waits here until that value is there; from then on nothing does.
import type { Ended, Fulfilled } from '../ended.ts';
import type { CsvRows } from './csv-rows.ts';
import { InOrder } from './in-order.ts';

/** A call by its index, and what it came to, if anything did. */
export type Known = readonly [index: number, ended: Ended | undefined];

/** Where so many values are no objects, or so many characters of them, none is expected to be one. */
const mostLooked = 100;
const mostLookedLength = 1e6;

export class UntilColumns {
  readonly #rows: CsvRows;
  readonly #inOrder = new InOrder<Known>();
  /** What has had its turn. */
  #looked: Known[] = [];
  #lookedLength = 0;
  /** So many characters wait. */
  #waiting = 0;

  constructor(rows: CsvRows) {
    this.#rows = rows;
  }

  get waitingLength(): number {
    return this.#waiting;
  }

  /** So many calls have had their turn. */
  get past(): number {
    return this.#inOrder.past;
  }

  /** Takes what a call came to, and tells what need not wait. Failures need no columns. */
  put(index: number, ended: Ended | undefined): readonly Known[] {
    const waits = ended?.ok === true;
    if (waits) this.#waiting += lengthOf(ended);
    for (const due of this.#inOrder.put(index, [index, waits ? ended : undefined])) this.#look(due);
    const others: readonly Known[] = waits ? [] : [[index, ended]];
    return this.#rows.areKnown ? [...others, ...this.rest()] : others;
  }

  /** All that waits, in the order of the inputs. What is not there yet will not come, or need not wait. */
  rest(): readonly Known[] {
    for (const late of this.#inOrder.rest()) this.#look(late);
    this.#rows.lookNoMore();
    const all = this.#looked;
    this.#looked = [];
    return all;
  }

  #look(known: Known): void {
    const [, ended] = known;
    if (ended?.ok !== true) return;
    this.#looked.push(known);
    if (this.#rows.areKnown) return;
    this.#rows.look(ended);
    this.#lookedLength += lengthOf(ended);
    if (this.#looked.length >= mostLooked || this.#lookedLength > mostLookedLength) this.#rows.lookNoMore();
  }
}

function lengthOf({ applied }: Fulfilled): number {
  return applied.values.reduce((sum, json) => sum + json.length, 0);
}
