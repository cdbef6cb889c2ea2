// Reads the records of `polyloop map examples/survey/analyze.ts` and says in a few lines what they tell.
import { createInterface } from 'node:readline';

import type { Analysis } from './analyze.ts';

type Record =
  | { readonly ok: true; readonly value: Analysis; readonly ms: number }
  | { readonly ok: false; readonly error: { readonly message: string }; readonly ms: number };

const startedAt = performance.now();
const analyses: (Analysis & { ms: number })[] = [];
const failures: string[] = [];
for await (const line of createInterface({ input: process.stdin })) {
  const record = JSON.parse(line) as Record;
  if (record.ok) analyses.push({ ...record.value, ms: record.ms });
  else failures.push(record.error.message);
}
const wallMs = performance.now() - startedAt;

const number = (value: number): string => Math.round(value).toLocaleString('en');
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
const sum = (of: readonly Analysis[], key: 'bytes' | 'lines' | 'compressed' | 'parts'): number =>
  of.reduce((total, analysis) => total + analysis[key], 0);

console.log('\nWhat lies in node_modules\n');
const partNames = { JavaScript: 'syntax nodes', TypeScript: 'declarations', Markdown: 'blocks' };
for (const [language, part] of Object.entries(partNames)) {
  const of = analyses.filter((analysis) => analysis.language === language);
  if (of.length === 0) continue;
  const share = `${Math.round((100 * sum(of, 'compressed')) / sum(of, 'bytes'))} %`;
  console.log(
    `  ${language.padEnd(10)} ${number(of.length).padStart(5)} files ${number(sum(of, 'lines')).padStart(9)} lines ` +
      `${megabytes(sum(of, 'bytes')).padStart(8)}, ${share.padStart(4)} when compressed, ${number(sum(of, 'parts')).padStart(9)} ${part}`,
  );
}

const bySize = analyses.toSorted((one, other) => other.bytes - one.bytes);
const densest = analyses
  .filter(({ bytes }) => bytes > 10_000)
  .toSorted((a, b) => b.compressed / b.bytes - a.compressed / a.bytes);
const copies = analyses.length - new Set(analyses.map(({ sha256 }) => sha256)).size;
const slowest = analyses.toSorted((one, other) => other.ms - one.ms)[0];
console.log('');
if (bySize[0]) console.log(`  largest   ${bySize[0].path} (${megabytes(bySize[0].bytes)})`);
if (slowest) console.log(`  slowest   ${slowest.path} (${(slowest.ms / 1_000).toFixed(1)} s)`);
if (densest[0])
  console.log(
    `  densest   ${densest[0].path} (${Math.round((100 * densest[0].compressed) / densest[0].bytes)} % when compressed)`,
  );
console.log(`  copies    ${number(copies)} files are the same, to the byte, as another`);
for (const failure of failures.slice(0, 3)) console.log(`  failed    ${failure}`);

const workMs = analyses.reduce((total, { ms }) => total + ms, 0);
const processes = new Set(analyses.map(({ pid }) => pid)).size;
console.log(
  `\n  ${(workMs / 1_000).toFixed(1)} s of work in ${(wallMs / 1_000).toFixed(1)} s, ` +
    `${(workMs / wallMs).toFixed(1)} times as fast as one after the other: ${processes} processes took part.\n`,
);
process.exitCode = failures.length === 0 ? 0 : 1;
