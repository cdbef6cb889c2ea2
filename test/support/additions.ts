// Properties that programs and old libraries add to prototypes that all objects share, so that a loop over keys shows them.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** As prototype.js, MooTools, Sugar and their like have added them. */
const ofLibraries = [
  ...['all', 'any', 'append', 'associate', 'average', 'clean', 'clear', 'clone', 'collect', 'combine', 'compact'],
  ...['contains', 'detect', 'each', 'eachSlice', 'empty', 'erase', 'extend', 'first', 'flatten', 'getRandom'],
  ...['inGroupsOf', 'inject', 'insertAt', 'inspect', 'intersect', 'invoke', 'last', 'link', 'max', 'merge', 'min'],
  ...['partition', 'pick', 'pluck', 'reject', 'remove', 'size', 'sortBy', 'sum', 'toArray', 'toQueryString', 'typeOf'],
  ...['uniq', 'unique', 'where', 'without', 'zip'],
];

/**
 * No program goes on with these: `then` makes each object a promise, the others make each property's descriptor an accessor, each
 * iterator finished, and for `signal` Node looks in objects of its own. A turn of a worker
 * still takes `times` for its own (worker/outbox.ts).
 */
const neededByAll = [
  ...[
    'configurable',
    'constructor',
    'done',
    'enumerable',
    'get',
    'next',
    'return',
    'set',
    'signal',
    'then',
    'throw',
    'value',
  ],
  ...['writable', 'times'],
];

const src = fileURLToPath(new URL('../../src', import.meta.url));

/** What the core looks up in objects that need not have it: fields of interfaces, and what is destructured with a default. */
function optionalNames(): string[] {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !/^(?:cli|report)\//.test(file),
  );
  return files.flatMap((file) => {
    const text = readFileSync(join(src, file), 'utf8');
    return [...text.matchAll(/\b([a-zA-Z]\w*)\?:/g)].map(([, name = '']) => name);
  });
}

export const addedNames: readonly string[] = [...new Set([...ofLibraries, ...optionalNames()])].filter(
  (name) => !neededByAll.includes(name) && !(name in Object.prototype),
);

const values = {
  functions: () => 'added',
  numbers: 1,
  lists: [1],
} as const;
export type Added = keyof typeof values;
export const kindsOfAdded = Object.keys(values) as Added[];

const prototypes = [Object.prototype, Array.prototype, Function.prototype, Map.prototype, String.prototype];

/** Adds all of them to each prototype, but for what that has of its own. Returns what takes them away. */
export function add(what: Added): () => void {
  const added: [object, string][] = [];
  const descriptor = { __proto__: null, value: values[what], configurable: true, enumerable: true, writable: true };
  for (const prototype of prototypes) {
    for (const name of addedNames) {
      if (Object.hasOwn(prototype, name)) continue;
      Object.defineProperty(prototype, name, descriptor);
      added.push([prototype, name]);
    }
  }
  return () => {
    for (const [prototype, name] of added) Reflect.deleteProperty(prototype, name);
  };
}
