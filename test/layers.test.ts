// The house: a folder imports only from those to its left, the core has no dependency, and files stay readable in one sitting.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';

const order = [
  'errors',
  'task',
  'wire',
  'worker',
  'transport',
  'runner',
  'pool',
  'remote',
  'executor',
  'report',
  'cli',
];
const src = fileURLToPath(new URL('../src', import.meta.url));

interface Import {
  readonly file: string;
  readonly line: number;
  readonly from: string;
  readonly specifier: string;
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

function importsOf(file: string): Import[] {
  const text = readFileSync(join(src, file), 'utf8').replaceAll(/^\s*(?:\*|\/\/).*$/gm, '');
  const pattern = /^(?:import|export)\s(?:[^;'"`(]*?\sfrom\s)?'([^']+)'|\bimport\('([^']+)'\)/gm;
  return [...text.matchAll(pattern)].map((match) => ({
    file,
    line: text.slice(0, match.index).split('\n').length,
    from: layerOf(file),
    specifier: match[1] ?? match[2] ?? '',
  }));
}

function layerOf(file: string): string {
  return (file.split('/')[0] ?? '').replace(/\.ts$/, '');
}

function targetOf({ file, specifier }: Import): string {
  return layerOf(relative(src, join(src, dirname(file), specifier)));
}

const imports = files.flatMap(importsOf);
const where = ({ file, line, specifier }: Import): string => `src/${file}:${line} imports ${specifier}`;

it('finds the imports that it is to judge', () => {
  assert.ok(imports.length > 100);
  assert.ok(imports.some(({ from, specifier }) => from === 'pool' && specifier.includes('../transport/')));
  assert.ok(imports.some(({ from, specifier }) => from === 'index' && specifier.includes('./pool/')));
});

it('a folder imports only from those to its left', () => {
  const wrong = imports.filter((entry) => {
    if (entry.from === 'index' || !entry.specifier.startsWith('.')) return false;
    if (entry.from === 'cli') return !['cli', 'index', 'report'].includes(targetOf(entry));
    return !(order.indexOf(targetOf(entry)) <= order.indexOf(entry.from) && order.includes(targetOf(entry)));
  });
  assert.deepEqual(wrong.map(where), []);
});

it('every file stands in a folder that has its place', () => {
  assert.deepEqual(
    files.filter((file) => ![...order, 'index'].includes(layerOf(file))),
    [],
  );
});

it('errors.ts imports nothing, and index.ts only names exports', () => {
  assert.deepEqual(imports.filter(({ from }) => from === 'errors').map(where), []);
  const lines = readFileSync(join(src, 'index.ts'), 'utf8')
    .replaceAll(/\/\/.*$/gm, '')
    .replaceAll(/export (?:type )?\{[^}]*\} from '[^']+';/g, '');
  assert.equal(lines.trim(), '');
});

it('only the command and the machines far away use packages', () => {
  const wrong = imports.filter(
    ({ from, specifier }) => !/^(\.|node:)/.test(specifier) && !['cli', 'remote', 'report'].includes(from),
  );
  assert.deepEqual(wrong.map(where), []);
});

it('the two ends of a transport know each other only through the wire', () => {
  const wrong = imports.filter(
    ({ file, specifier }) =>
      /(pool-end|worker-host|scheduler)\.ts$/.test(file) && /serve\.ts|task-worker/.test(specifier),
  );
  assert.deepEqual(wrong.map(where), []);
});

it('no file is longer than one sitting', () => {
  const long = files
    .map((file) => [file, readFileSync(join(src, file), 'utf8').split('\n').length - 1] as const)
    .filter(([, lines]) => lines > 320);
  assert.deepEqual(long, []);
});
