// What `npm start` runs, on a few files.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { watch } from '../support/pools.ts';
import { run } from '../support/programs.ts';

watch();

const root = fileURLToPath(new URL('../..', import.meta.url));

it('lists the sources, analyzes each over two processes, and says what they tell', async () => {
  const listed = await run(['examples/survey/list.ts'], { cwd: root });
  const paths = listed.stdout.trim().split('\n');
  assert.ok(paths.length > 300);
  assert.ok(paths.every((path) => /^node_modules\/.*\.([cm]?[jt]s|md)$/.test(path)));

  const few = paths.filter(
    (path) => path.startsWith('node_modules/acorn/') || path.startsWith('node_modules/commander/'),
  );
  const mapped = await run(['src/cli/main.ts', 'map', 'examples/survey/analyze.ts', '-c', '1', '-j', '2'], {
    cwd: root,
    input: `${few.join('\n')}\nnode_modules/no-such-file.js\n`,
  });
  assert.equal(mapped.code, 1);
  const records = mapped.stdout.trim().split('\n');
  assert.equal(records.length, few.length + 1);

  const summary = await run(['examples/survey/summary.ts'], { cwd: root, input: mapped.stdout });
  assert.match(
    summary.stdout,
    /JavaScript +\d+ files +[\d,]+ lines +[\d.]+ MB, +\d+ % when compressed, +[\d,]+ syntax nodes/,
  );
  assert.match(summary.stdout, /TypeScript .* declarations/);
  assert.match(summary.stdout, /Markdown .* blocks/);
  assert.match(summary.stdout, /failed +ENOENT/);
  assert.match(summary.stdout, /2 processes took part/);
  assert.equal(summary.code, 1);
});
