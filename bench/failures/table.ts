// What was found, as a Markdown table, and its place in FAILURES.md.
import { readFileSync, writeFileSync } from 'node:fs';

import type { Case, Report } from './case.ts';
import type { Contestant } from './peers/list.ts';
import { isDocumented } from './remarks.ts';

export interface Answers {
  readonly contestant: Contestant;
  /** Round by round. */
  readonly reports: readonly Report[];
}

/** A row for each case, a column for each peer. */
export function tableOf(rows: readonly { readonly of: Case; readonly answers: readonly Answers[] }[]): string {
  const columns = rows[0]?.answers.map(({ contestant }) => columnName(contestant)) ?? [];
  const lines = rows.map(({ of, answers }, n) => [
    `${n + 1}. ${of.question}`,
    ...answers.map((cell) => cellOf(of, cell)),
  ]);
  return [['', ...columns], ['---', ...columns.map(() => '---')], ...lines]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
}

function cellOf({ name }: Case, cell: Answers): string {
  const verdict = verdictOf(cell);
  return verdict.includes('breaks') && isDocumented(name, cell.contestant) ? `${verdict} (documented)` : verdict;
}

export function columnName({ name, on }: Contestant): string {
  if (name === 'python-pool') return 'Python `Pool`';
  if (name === 'python-executor') return 'Python `ProcessPoolExecutor`';
  return `${name}, ${on}`;
}

/** One verdict where the rounds agree, but for the numbers in it; all of them, counted, where they do not. */
export function verdictOf({ reports }: Answers): string {
  const alike = Object.groupBy(reports.map(verdictOnce), (verdict) => verdict.replaceAll(/\d+/g, '#'));
  const verdicts = Object.values(alike).filter((group) => group !== undefined);
  if (verdicts.length === 1) return verdicts.map(inOne).join('');
  return verdicts.map((group) => `${inOne(group)} (${group.length} of ${reports.length} times)`).join('; or ');
}

/** Verdicts that differ in numbers only: from the least to the most of each. */
function inOne(verdicts: readonly string[]): string {
  const numbers = verdicts.map((verdict) => (verdict.match(/\d+/g) ?? []).map(Number));
  let at = 0;
  return (verdicts[0] ?? '').replaceAll(/\d+/g, () => {
    const all = numbers.map((each) => each[at] ?? 0);
    at++;
    const [least, most] = [Math.min(...all), Math.max(...all)];
    return least === most ? `${least}` : `${least} to ${most}`;
  });
}

function verdictOnce(report: Report): string {
  if (report.is === 'not asked') return `n/a: ${report.why}`;
  const { broken, notes } = report;
  if (broken.length > 0) return `**breaks:** ${broken.join('; ')}`;
  return notes.length === 0 ? 'holds' : `holds (${notes.join('; ')})`;
}

const begin = '<!-- begin: written by bench/failures.ts -->';
const end = '<!-- end: written by bench/failures.ts -->';

/** Puts the text between the two marks of the file, and leaves the rest of it alone. */
export function writeBetweenMarks(file: URL, text: string): void {
  const whole = readFileSync(file, 'utf8');
  const [before, rest] = whole.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined)
    throw new Error(`${file.pathname} has no \`${begin}\` and \`${end}\`.`);
  writeFileSync(file, `${before}${begin}\n\n${text}\n\n${end}${after}`);
}
