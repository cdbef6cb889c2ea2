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

/** What the command has of the library beside its exports: it loads modules in its workers as the library does in its own. */
const sharedWithCommand = ['../../wire/syntax-place.ts'];

it('a folder imports only from those to its left', () => {
  const wrong = imports.filter((entry) => {
    if (entry.from === 'index' || !entry.specifier.startsWith('.')) return false;
    if (entry.from === 'cli' && sharedWithCommand.includes(entry.specifier)) return false;
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

/** All but what the command and its pages are made of. */
const core = order.slice(0, order.indexOf('executor') + 1);

/** What tests and polyfills replace while a program runs; the name that `task/platform.ts` has for it is the part in front of the dot. */
const replaceable = [
  ...['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate'],
  ...['queueMicrotask', 'performance', 'structuredClone', 'AbortController', 'AbortSignal', 'DOMException'],
];
const neverDirectly =
  /\bnew (?:Promise|Date)\b|\b(?:Promise|JSON|Date)\.\w|\bprocess\.(?:nextTick|hrtime|exit)\b|\bMath\.random\b|\.(?:then|catch|finally)\(/;
const ofThePlatform = (file: string): boolean => file === 'task/platform.ts' || file.startsWith('task/real-');

it('the core uses no global that a test may replace, but what task/platform.ts took when it was loaded', () => {
  const wrong = files
    .filter((file) => core.includes(layerOf(file)) && !ofThePlatform(file))
    .flatMap((file) => {
      const code = codeOf(file);
      const own = /^import \{([^}]*)\} from '[./]*(?:task\/)?platform\.ts'/m.exec(code)?.[1]?.split(/[\s,]+/) ?? [];
      const bare = replaceable.filter(
        (name) => !own.includes(name) && new RegExp(`(?<![\\w.#])${name}(?=[(.])`).test(code),
      );
      const direct = neverDirectly.exec(code.replaceAll(/^import .*$/gm, ''))?.[0] ?? [];
      return [...bare, direct].flat().map((found) => `src/${file}: ${found}`);
    });
  assert.deepEqual(wrong, []);
  const modules = ['node:timers', 'node:timers/promises', 'node:perf_hooks'];
  const direct = imports.filter(
    ({ file, from, specifier }) =>
      core.includes(from) && modules.includes(specifier) && !ofThePlatform(file) && !isTypeOnly(file, specifier),
  );
  assert.deepEqual(direct.map(where), []);
});

it('the core calls no method of arrays that a program may replace, but what task/arrays.ts took', () => {
  // The names that queues, strings and typed arrays have as well (`push`, `indexOf`, …) are found by running the code, in
  // scenario/replaced-methods.test.ts.
  const methods =
    'at|copyWithin|every|filter|find|findIndex|findLast|findLastIndex|flat|flatMap|forEach|join|map|pop|reduce|reduceRight|reverse|some|sort|splice|toReversed|toSorted|toSpliced';
  const call = new RegExp(`(?<!#runner|\\bpool)\\??\\.(?:${methods})\\(`, 'g');
  const wrong = files
    .filter((file) => core.includes(layerOf(file)) && !['task/arrays.ts', 'task/real-timers.ts'].includes(file))
    .flatMap((file) => (codeOf(file).match(call) ?? []).map((found) => `src/${file}: ${found}`));
  assert.deepEqual(wrong, []);
});

/** The text of a file without comments, and without what stands in strings. */
function codeOf(file: string): string {
  return readFileSync(join(src, file), 'utf8')
    .replaceAll(/\/\*[^]*?\*\/|(?<=^|\s)\/\/.*$/gm, '')
    .replaceAll(/(?<!from )'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''")
    .replaceAll(/`(?:[^`\\]|\\.)*`/g, (text) => [...text.matchAll(/\$\{([^}]*)\}/g)].map(([, code]) => code).join(' '));
}

function isTypeOnly(file: string, specifier: string): boolean {
  return new RegExp(`^import type [^;]*'${specifier}';`, 'm').test(readFileSync(join(src, file), 'utf8'));
}
