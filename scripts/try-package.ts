// Packs polyloop as it would be published, installs that in an empty project, and uses it there as a stranger would: from
// TypeScript, by `import`, by `require`, and by its command.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const project = mkdtempSync(join(tmpdir(), 'polyloop-package-'));

function run(
  what: string,
  command: string,
  args: readonly string[],
  options: { cwd?: string; input?: string } = {},
): string {
  try {
    return execFileSync(command, args, {
      cwd: project,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'inherit'],
      ...options,
    });
  } catch (error) {
    console.error(`${what} failed: ${command} ${args.join(' ')}`);
    throw error;
  }
}

function expect(what: string, actual: string, expected: string): void {
  if (actual.trim() !== expected)
    throw new Error(`${what} printed ${JSON.stringify(actual.trim())}, not ${JSON.stringify(expected)}`);
  console.log(`ok: ${what}`);
}

try {
  run('packing', 'npm', ['pack', '--silent', '--pack-destination', project], { cwd: root });
  const tarball = readdirSync(project).find((name) => name.endsWith('.tgz')) ?? '';
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'stranger', private: true }));
  run('installing', 'npm', ['install', '--silent', '--no-audit', '--no-fund', `./${tarball}`]);

  writeFileSync(
    join(project, 'by-import.mjs'),
    `import { isMain, Pool, task } from 'polyloop';
     const double = task(import.meta, async function double(n) { return 2 * n; });
     if (isMain(import.meta)) {
       for (const kind of ['process', 'thread', 'inline']) {
         const pool = new Pool({ kind, workers: 2 });
         console.log(kind, await pool.run(double, 21), (await pool.map(double, [1, 2, 3]).toArray()).join());
       }
     }`,
  );
  expect('import', run('import', 'node', ['by-import.mjs']), 'process 42 2,4,6\nthread 42 2,4,6\ninline 42 2,4,6');

  writeFileSync(
    join(project, 'by-require.cjs'),
    `const { Pool, task } = require('polyloop');
     const double = task(__filename, async function double(n) { return 2 * n; });
     if (require.main === module) {
       const pool = new Pool({ workers: 2 });
       pool.run(double, 21).then(console.log).then(() => pool.close());
     }`,
  );
  expect('require', run('require', 'node', ['by-require.cjs']), '42');

  writeFileSync(
    join(project, 'typed.mts'),
    `import { isMain, Pool, task } from 'polyloop';
     const double = task(import.meta, async function double(n: number): Promise<number> { return 2 * n; });
     if (isMain(import.meta)) {
       const pool = new Pool({ workers: 1 });
       const result: number = await pool.run(double, 21);
       console.log(result);
     }`,
  );
  expect('TypeScript', run('TypeScript', 'node', ['typed.mts']), '42');
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const flags = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2024',
    '--lib',
    'es2024,esnext.disposable',
    '--types',
    'node',
  ];
  run('checking types', 'node', [compiler, ...flags, '--typeRoots', join(root, 'node_modules', '@types'), 'typed.mts']);
  console.log('ok: types');

  writeFileSync(join(project, 'up.mjs'), 'export default (line) => line.toUpperCase();');
  const [record = ''] = run('the command', 'npx', ['polyloop', 'map', './up.mjs', '-q', '-j', '1'], {
    input: 'hello\n',
  }).split('\n');
  expect('command', record.replace(/"ms":[\d.]+/, '"ms":0'), '{"seq":1,"ok":true,"value":"HELLO","ms":0,"attempts":1}');

  run('a report', 'npx', ['polyloop', 'map', './up.mjs', '-q', '-j', '1', '--report', 'run.html'], {
    input: 'hello\n',
  });
  const page = readFileSync(join(project, 'run.html'), 'utf8');
  expect('report', `${page.startsWith('<!doctype html>')} ${page.includes('./up.mjs')}`, 'true true');
} finally {
  rmSync(project, { recursive: true, force: true });
}
