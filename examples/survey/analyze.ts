// What there is to know about one source file: parsed, hashed and compressed. It knows nothing of polyloop.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

import { parse, type Node } from 'acorn';
import { marked } from 'marked';

export interface Analysis {
  readonly path: string;
  readonly language: 'JavaScript' | 'TypeScript' | 'Markdown';
  readonly bytes: number;
  readonly lines: number;
  readonly compressed: number;
  readonly sha256: string;
  /** What the parser found: syntax nodes, declarations, or blocks of text. */
  readonly parts: number;
  readonly pid: number;
}

export default async function analyze(path: string): Promise<Analysis> {
  const bytes = await readFile(path);
  const text = bytes.toString('utf8');
  const language = languageOf(path);
  return {
    path,
    language,
    bytes: bytes.length,
    lines: text.split('\n').length,
    compressed: brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 10 } }).length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    parts: countParts(text, language),
    pid: process.pid,
  };
}

function languageOf(path: string): Analysis['language'] {
  if (extname(path) === '.md') return 'Markdown';
  return extname(path).endsWith('ts') ? 'TypeScript' : 'JavaScript';
}

function countParts(text: string, language: Analysis['language']): number {
  if (language === 'Markdown') return marked.lexer(text).length;
  if (language === 'TypeScript')
    return text.match(/\b(?:interface|type|class|function|const|enum|namespace)\s+[\w$]+/g)?.length ?? 0;
  return countNodes(parseProgram(text));
}

function parseProgram(text: string): Node | undefined {
  for (const sourceType of ['module', 'script'] as const) {
    try {
      return parse(text, { ecmaVersion: 'latest', sourceType, allowHashBang: true, allowReturnOutsideFunction: true });
    } catch {
      // Not of this kind. A file of neither kind has no parts.
    }
  }
  return undefined;
}

function countNodes(tree: unknown): number {
  let count = 0;
  const left: unknown[] = [tree];
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if (typeof node !== 'object' || node === null) continue;
    if ('type' in node) count++;
    for (const part of Object.values(node)) if (typeof part === 'object' && part !== null) left.push(part);
  }
  return count;
}
