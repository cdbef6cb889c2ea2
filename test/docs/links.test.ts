// Links from page to page lead somewhere: to a file that is there, and to a heading that it has.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pages = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];

function proseOf(page: string): string {
  return readFileSync(join(root, page), 'utf8').replaceAll(/^```.*?^```/gms, '');
}

interface Link {
  readonly page: string;
  readonly to: string;
}

function linksOf(page: string): Link[] {
  const text = proseOf(page).replaceAll(/`[^`\n]*`/g, 'code');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => ({ page, to: match[1] ?? '' }))
    .filter(({ to }) => !/^[a-z]+:/.test(to));
}

/** The anchors of a page, made of its headings as GitHub makes them. */
function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of proseOf(page).matchAll(/^#+ (.*)$/gm)) {
    const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = plain.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-');
    let anchor = slug;
    for (let n = 1; anchors.has(anchor); n++) anchor = `${slug}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}

function leadsSomewhere({ page, to }: Link): boolean {
  const [path = '', anchor] = to.split('#');
  const target = path === '' ? page : relative(root, join(root, dirname(page), path));
  if (target.startsWith('..') || !existsSync(join(root, target))) return false;
  if (anchor === undefined) return true;
  return statSync(join(root, target)).isFile() && anchorsOf(target).has(anchor);
}

const links = pages.flatMap(linksOf);

it('finds the links that it is to judge', () => {
  assert.ok(links.length > 10);
  assert.ok(links.some(({ page, to }) => page === 'README.md' && to === 'ARCHITECTURE.md'));
});

it('every relative link leads to a file that is there, and to a heading that it has', () => {
  const dead = links.filter((link) => !leadsSomewhere(link)).map(({ page, to }) => `${page}: ${to}`);
  assert.deepEqual(dead, []);
});

it('the index lists every page', () => {
  const listed = new Set(linksOf('docs/README.md').map(({ to }) => to));
  const missing = pages
    .filter((page) => page.startsWith('docs/') && page !== 'docs/README.md')
    .filter((page) => !listed.has(relative('docs', page)));
  assert.deepEqual(missing, []);
});
