// The scripts of a page, as one text: uPlot as it is, then the files of `client/`, each in a function of its own. A page that
// is opened from a file may not import others, so what they export and import goes through one object.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** Each after those that it imports. */
const files = [
  'words',
  'data',
  'look',
  'tip',
  'zoom',
  'strip',
  'time-chart',
  'timeline',
  'rates',
  'lines',
  'spread',
  'failures',
  'main',
] as const;

const { resolve } = createRequire(import.meta.url);

export function pageScript(): string {
  const client = files.map((file) =>
    wrapped(file, readFileSync(new URL(`./client/${file}.js`, import.meta.url), 'utf8')),
  );
  const parts = [
    read('uplot/dist/uPlot.iife.min.js'),
    `(() => {\n'use strict';\nconst modules = {};`,
    ...client,
    '})();',
  ];
  const script = parts.join('\n');
  if (/<\/script|<!--/i.test(script))
    throw new Error('This is a bug in polyloop, please report it: a script ends its page.');
  return script;
}

/** The styles of uPlot itself. */
export function chartStyle(): string {
  return read('uplot/dist/uPlot.min.css');
}

function read(path: string): string {
  return readFileSync(resolve(path), 'utf8').trim();
}

function wrapped(file: string, source: string): string {
  const exported = [...source.matchAll(/^export (?:function|const) (\w+)/gm)].map(([, name]) => name);
  const body = source
    .replaceAll(/^import (\{[^}]*\}) from '([^']+)';$/gm, "const $1 = modules['$2'];")
    .replaceAll(/^export (?=function|const)/gm, '')
    .replaceAll(/^export \{\};$/gm, '');
  return `modules['./${file}.js'] = (() => {\n${body.trim()}\nreturn { ${exported.join(', ')} };\n})();`;
}
