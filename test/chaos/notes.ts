// The file in which tasks note that they begin: it outlives their workers.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class Notes {
  readonly path: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'polyloop-chaos-'));

  constructor() {
    this.path = join(this.#folder, 'begun');
    writeFileSync(this.path, '');
  }

  /** The ids of the tasks that have begun, and every attempt that began more than once. */
  read(): { readonly begun: Set<number>; readonly twice: string[] } {
    const begun = new Set<number>();
    const attempts = new Set<string>();
    const twice: string[] = [];
    for (const line of readFileSync(this.path, 'utf8').split('\n').slice(0, -1)) {
      if (attempts.has(line)) twice.push(line);
      attempts.add(line);
      begun.add(Number(line.split(' ')[0]));
    }
    return { begun, twice };
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}
