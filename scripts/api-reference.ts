// Writes docs/api.md: every name that src/index.ts exports, its declaration and its docstring.
//
// TypeScript 7 has no stable interface for programs, so the sources are read as text. That is enough, for they are all formatted alike: a declaration
// begins in the first column and ends with the next `}` there, a member of it two columns further in.
import { readFileSync, writeFileSync } from 'node:fs';

const groups: readonly (readonly [folder: string, title: string])[] = [
  ['task', 'Task functions, and what tasks know'],
  ['pool', 'Pools'],
  ['runner', 'Running tasks'],
  ['errors', 'Errors'],
  ['executor', 'The names of the article'],
];

interface Doc {
  readonly text: string;
  readonly tags: readonly { readonly name: string; readonly text: string }[];
}

interface Member {
  readonly name: string;
  /** More than one where it is overloaded. */
  readonly signatures: string[];
  readonly doc: string;
  readonly isMethod: boolean;
}

interface Entry {
  readonly name: string;
  readonly folder: string;
  readonly signature: string;
  readonly doc: string;
  readonly members: readonly Member[];
}

const src = new URL('../src/', import.meta.url);
const pageTitle = 'API reference';
const page = new URL('../docs/api.md', import.meta.url);

/** The text of docs/api.md. Throws where an exported name has no docstring, or one leads nowhere. */
export function apiReference(): string {
  const entries = exportedNames().map(({ name, file }) => readEntry(name, file));
  const bare = entries.filter(({ doc }) => doc === '').map(({ name }) => name);
  if (bare.length > 0) throw new Error(`No docstring stands above ${bare.join(', ')}.`);
  return new Reference(entries).write();
}

function exportedNames(): { name: string; file: string }[] {
  const text = readFileSync(new URL('index.ts', src), 'utf8');
  return [...text.matchAll(/^export (?:type )?\{([^}]*)\} from '\.\/([^']+)';/gm)].flatMap(
    ([, names = '', file = '']) =>
      names
        .split(',')
        .map((name) => name.trim().replace(/^type /, ''))
        .filter((name) => name !== '')
        .map((name) => ({ name, file })),
  );
}

function readEntry(name: string, file: string): Entry {
  const text = readFileSync(new URL(file, src), 'utf8');
  const start = new RegExp(`^export (?:abstract )?(class|interface|function|type|const) ${name}\\b`, 'm').exec(text);
  if (start === null) throw new Error(`There is no declaration of ${name} in src/${file}.`);
  const kind = start[1] ?? '';
  const rest = text.slice(start.index).replace(/^export /, '');
  const hasMembers = kind === 'class' || kind === 'interface';
  const signature = signatureOf(rest);
  const body = hasMembers ? rest.slice(signature.length + 2, rest.indexOf('\n}\n') + 1) : '';
  const isError = /extends \w*Error\b/.test(signature);
  return {
    name,
    folder: (file.split('/')[0] ?? '').replace(/\.ts$/, ''),
    signature,
    doc: docBefore(text.slice(0, start.index)),
    // Errors are made by polyloop alone.
    members: membersOf(body).filter((member) => !(isError && member.name === 'constructor')),
  };
}

/** A declaration without its body or initial value, but for a text, which says something. */
function signatureOf(text: string): string {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? '';
    if (depth === 0) {
      const isInitial = char === '=' && /^= (?!>)/.test(text.slice(at)) && !/^(type|(abstract )?class) /.test(text);
      const isBody = char === '{' && !/(?:[:|&<(,=]|=>|\breadonly)\s*$/.test(text.slice(0, at));
      const initialText = isInitial ? /^= '[^']*'/.exec(text.slice(at))?.[0] : undefined;
      if (char === ';' || isInitial || isBody)
        return text.slice(0, at).trimEnd() + (initialText ? ` ${initialText}` : '');
    }
    if (char === "'" || char === '`') at = text.indexOf(char, at + 1);
    else if (text.startsWith('/**', at)) at = text.indexOf('*/', at) + 1;
    else if ('({['.includes(char)) depth++;
    else if (')}]'.includes(char)) depth--;
  }
  throw new Error(`No end of \`${text.slice(0, 60)}\` was found.`);
}

/** The docstring that ends right there. */
function docBefore(text: string): string {
  const end = text.trimEnd();
  if (!end.endsWith('*/')) return '';
  const start = end.lastIndexOf('/*');
  return end.startsWith('/**', start) ? textOf(end.slice(start)) : '';
}

function textOf(comment: string): string {
  return comment
    .replace(/^\/\*\*/, '')
    .replace(/\*\/$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd())
    .join('\n')
    .trim();
}

function membersOf(body: string): Member[] {
  const members = new Map<string, Member>();
  const withBody = new Set<string>();
  const lines = body.split('\n');
  let at = 0;
  while (at < lines.length) {
    let doc = '';
    if (/^ {2}\/\*\*/.test(lines[at] ?? '')) {
      const end = lines.findIndex((line, n) => n >= at && line.includes('*/'));
      doc = textOf(
        lines
          .slice(at, end + 1)
          .join('\n')
          .trim(),
      );
      at = end + 1;
    }
    const line = lines[at] ?? '';
    const isMember = /^ {2}[\w[]/.test(line) && !/^ {2}(readonly #|(private|protected|static)\b)/.test(line);
    const rest = lines.slice(at).join('\n');
    if (!/^ {2}\S/.test(line) || line.startsWith('  //')) {
      at++;
      continue;
    }
    const raw = signatureOf(rest);
    const hasBody = rest[raw.length + 1] === '{';
    at += raw.split('\n').length;
    if (hasBody && !rest.startsWith('{}', raw.length + 1)) {
      const end = lines.indexOf('  }', at - 1);
      if (end < 0) throw new Error(`No end of \`${raw}\` was found.`);
      at = end + 1;
    }
    if (!isMember || doc.startsWith('@internal')) continue;
    const signature = raw
      .trim()
      .replace(/^override /, '')
      .replace(/^get (\w+)\(\)/, '$1')
      .replaceAll(/\n {2}/g, '\n');
    const name = /^(?:readonly |abstract |async )*(\[[\w.]+\]|\w+)/.exec(signature)?.[1] ?? '';
    if (name === '' || (name.startsWith('[') && !name.startsWith('[Symbol.'))) continue;
    const known = members.get(name);
    if (known === undefined) {
      const isMethod = /^(?:abstract |async )*(?:\[[\w.]+\]|\w+)[<(]/.test(signature);
      members.set(name, { name, signatures: [signature.replace(/^async /, '')], doc, isMethod });
      if (hasBody) withBody.add(name);
    } else if (!hasBody || withBody.has(name)) known.signatures.push(signature);
    // Otherwise it is what the overloads stand for.
  }
  return [...members.values()];
}

/** Links, texts and headings of all entries together. */
class Reference {
  readonly #groups: readonly (readonly [title: string, entries: readonly Entry[]])[];
  readonly #byName: ReadonlyMap<string, Entry>;
  /** By heading. */
  readonly #anchors: ReadonlyMap<string, string>;

  constructor(entries: readonly Entry[]) {
    const folders = new Map(groups);
    for (const { folder } of entries) if (!folders.has(folder)) folders.set(folder, folder);
    this.#groups = [...folders].map(([folder, title]) => [title, entries.filter((entry) => entry.folder === folder)]);
    this.#byName = new Map(entries.map((entry) => [entry.name, entry]));
    const headings = this.#groups.flatMap(([title, members]) => [title, ...members.flatMap(headingsOf)]);
    this.#anchors = anchorsOf([pageTitle, ...headings]);
  }

  write(): string {
    const lists = this.#groups.map(
      ([title, entries]) => `* ${title}: ${entries.map(({ name }) => this.#link(name, '')).join(' · ')}`,
    );
    const parts = [
      `# ${pageTitle}`,
      'Every name that `polyloop` exports, with what its docstring says. This page is written by `npm run docs:api`; change the docstrings instead.',
      lists.join('\n'),
      ...this.#groups.flatMap(([title, entries]) => [`## ${title}`, ...entries.flatMap((entry) => this.#entry(entry))]),
    ];
    return `${parts.join('\n\n')}\n`;
  }

  #entry({ name, signature, doc, members }: Entry): string[] {
    const properties = members.filter(({ isMethod }) => !isMethod).map((member) => this.#property(name, member));
    const parts = [`### ${name}`, fence(signature), ...this.#doc(doc, name)];
    if (properties.length > 0) parts.push(properties.join('\n'));
    for (const method of members.filter(({ isMethod }) => isMethod)) {
      const signatures = fence(method.signatures.join('\n'));
      parts.push(`#### ${heading(name, method.name)}`, signatures, ...this.#doc(method.doc, name));
    }
    return parts;
  }

  #property(owner: string, { signatures, doc }: Member): string {
    const signature = (signatures[0] ?? '').replace(/^readonly /, '').replaceAll(/\s+/g, ' ');
    const { text } = parseDoc(doc);
    return `* \`${signature}\`${text === '' ? '' : `: ${this.#linked(text, owner).replaceAll(/\s*\n\s*/g, ' ')}`}`;
  }

  #doc(given: string, owner: string): string[] {
    const inherited = /^\{@inheritDoc (\w+)\.(\w+)\}$/.exec(given);
    if (inherited !== null) {
      const [, from = '', name = ''] = inherited;
      const member = this.#byName.get(from)?.members.find((other) => other.name === name);
      if (member === undefined) throw new Error(`{@inheritDoc ${from}.${name}} leads nowhere.`);
      return this.#doc(member.doc, from);
    }
    const { text, tags } = parseDoc(given);
    const facts = tags.flatMap(({ name, text: said }) => this.#fact(name, this.#linked(said, owner)));
    const examples = tags.filter(({ name }) => name === 'example').map((tag) => fence(tag.text));
    return [this.#linked(text, owner), facts.join('\n'), ...examples].filter((part) => part !== '');
  }

  #fact(tag: string, text: string): string[] {
    const line = text.replaceAll(/\s*\n\s*/g, ' ');
    if (tag === 'param') return [`* ${line.replace(/^(\w+) /, '`$1`: ')}`];
    if (tag === 'returns') return [`* Returns: ${line}`];
    if (tag === 'throws')
      return [`* Throws ${line.replace(/^\{(\w+)\}/, (_, name: string) => `${this.#link(name, '')}:`)}`];
    if (tag === 'example') return [];
    throw new Error(`Nobody knows the tag @${tag}.`);
  }

  #linked(text: string, owner: string): string {
    return text.replaceAll(/\{@link ([\w.]+)\}/g, (_, to: string) => this.#link(to, owner));
  }

  /** A link to an exported name, to a member of one (`Pool.run`), or to a member of the one that speaks (`run`). */
  #link(to: string, owner: string): string {
    const [name = '', member] = this.#byName.has(to.split('.')[0] ?? '') ? to.split('.') : [owner, to];
    const entry = this.#byName.get(name);
    const found = entry?.members.find((other) => other.name === member);
    if (entry === undefined || (member !== undefined && found === undefined))
      throw new Error(`{@link ${to}} leads nowhere.`);
    const target = found?.isMethod === true ? heading(name, found.name) : name;
    return `[\`${to}\`](#${this.#anchors.get(target)})`;
  }
}

function headingsOf({ name, members }: Entry): string[] {
  return [name, ...members.filter(({ isMethod }) => isMethod).map((method) => heading(name, method.name))];
}

/** As GitHub makes them: `task` and `Task` differ by a number. */
function anchorsOf(headings: readonly string[]): Map<string, string> {
  const anchors = new Map<string, string>();
  const taken = new Set<string>();
  for (const text of headings) {
    const slug = text
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let n = 1; taken.has(anchor); n++) anchor = `${slug}-${n}`;
    taken.add(anchor);
    anchors.set(text, anchor);
  }
  return anchors;
}

function heading(owner: string, name: string): string {
  return name.startsWith('[') ? `${owner}${name}` : `${owner}.${name}`;
}

function parseDoc(doc: string): Doc {
  const [text = '', ...tags] = doc.split(/^@(?=[a-z]+\b)/m);
  return {
    text: text.trim(),
    tags: tags.map((tag) => {
      const [, name = '', rest = ''] = /^([a-z]+)\s*(.*)$/s.exec(tag) ?? [];
      return { name, text: rest.trim() };
    }),
  };
}

function fence(code: string): string {
  return `\`\`\`typescript\n${code}\n\`\`\``;
}

if (process.argv[1] === import.meta.filename) writeFileSync(page, apiReference());
