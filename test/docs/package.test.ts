// What package.json promises to those who import and to bundlers.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';

interface Package {
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly sideEffects: readonly string[];
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const { exports, sideEffects } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as Package;
const sourceOf = (built: string): string => built.replace('./dist/', 'src/').replace(/\.js$/, '.ts');

it('each entry is built from a file that is there', () => {
  for (const entry of Object.values(exports)) {
    if (typeof entry === 'string') continue;
    assert.ok(existsSync(root + sourceOf(entry.default)), entry.default);
    assert.equal(entry.types, entry.default.replace(/\.js$/, '.d.ts'));
  }
});

it('bundlers keep what is imported for its effect: where workers start', () => {
  const files = ['worker.ts', 'process/serve.ts', 'process/worker-end.js', 'thread/serve.ts', 'thread/worker-end.js'];
  for (const file of files) assert.ok(existsSync(`${root}src/transport/${file}`), file);
  const built = files.map((file) => `./dist/transport/${file.replace(/\.ts$/, '.js')}`);
  assert.deepEqual(sideEffects.toSorted(), built.toSorted());
});
