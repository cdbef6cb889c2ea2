// Counts what work came to, by its kind, and keeps what must not have been.
import { labelOf, type End } from './work.ts';

const keptFailures = 20;

export class Tally {
  works = 0;
  /** Tasks that the pools accepted: a map is many. */
  tasks = 0;
  workers = 0;
  retried = 0;
  failures = 0;
  /** The first of them, in words. */
  readonly details: string[] = [];
  readonly excused = new Map<string, number>();
  readonly #ends = new Map<string, Map<string, number>>();

  count(kind: string, end: End): void {
    this.works++;
    let ends = this.#ends.get(kind);
    if (ends === undefined) this.#ends.set(kind, (ends = new Map()));
    const label = labelOf(end);
    ends.set(label, (ends.get(label) ?? 0) + 1);
  }

  /** Something that is allowed, and of which there should not be many. */
  excuse(what: string): void {
    this.excused.set(what, (this.excused.get(what) ?? 0) + 1);
  }

  fail(what: string): void {
    this.failures++;
    if (this.details.length < keptFailures) this.details.push(what);
  }

  table(): string {
    const rows = [...this.#ends].sort(([one], [other]) => one.localeCompare(other));
    const width = Math.max(0, ...rows.map(([kind]) => kind.length));
    return rows
      .map(([kind, ends]) => {
        const counts = [...ends].sort(([, one], [, other]) => other - one).map(([label, count]) => `${label} ${count}`);
        return `  ${kind.padEnd(width)}  ${counts.join(', ')}`;
      })
      .join('\n');
  }
}
