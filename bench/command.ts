// The command beside the library, and beside those that people use for this today. Whole programs are timed, their start included. Prints the tables of bench/README.md.
//
//   npm run bench:command
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const rounds = Number(process.argv[2] ?? 3);
const workers = 2;
const many = 1_000_000;
const few = 10_000;

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'polyloop-bench-'));
const echo = join(folder, 'echo.mjs');
writeFileSync(echo, 'export default (line) => line;\n');
const lines = (count: number): string => {
  const file = join(folder, `${count}.txt`);
  writeFileSync(file, Array.from({ length: count }, (_, n) => `${n + 1}\n`).join(''));
  return file;
};

interface Run {
  readonly seconds: number;
  readonly firstMb: number;
  readonly peakMb: number;
}

/** Runs a program with its output in a file, and looks at its memory all the while. */
async function measure(program: string, args: readonly string[], input?: string): Promise<Run> {
  const out = openSync(join(folder, 'out'), 'w');
  const from = input === undefined ? 'ignore' : openSync(input, 'r');
  const startedAt = performance.now();
  const child = spawn(program, args, { stdio: [from, out, 'ignore'] });
  const seen: number[] = [];
  const look = setInterval(() => {
    try {
      const [, kb] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? [];
      if (kb !== undefined) seen.push(Number(kb) / 1_024);
    } catch {
      // It has just ended.
    }
  }, 20);
  const code = await new Promise((resolve) => child.once('close', resolve));
  clearInterval(look);
  closeSync(out);
  if (typeof from === 'number') closeSync(from);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${String(code)}`);
  // By then it has loaded all that it needs, and read its first inputs.
  const first = seen[Math.min(15, seen.length - 1)] ?? 0;
  return { seconds: (performance.now() - startedAt) / 1_000, firstMb: first, peakMb: Math.max(...seen) };
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const count = (value: number): string => Math.round(value).toLocaleString('en');

try {
  const command = (...args: string[]): string[] => [here('../src/cli/main.ts'), 'map', ...args, '-q', `-j${workers}`];
  const ofMany: { library: Run; command: Run; kept: Run }[] = [];
  for (let round = 0; round < rounds; round++) {
    ofMany.push({
      library: await measure(process.execPath, [here('./command-map.ts'), echo, `${many}`, `${workers}`]),
      command: await measure(process.execPath, command(echo, lines(many))),
      kept: await measure(
        process.execPath,
        command(echo, lines(many), '-o', join(folder, 'kept'), '--joblog', join(folder, 'log'), '--overwrite'),
      ),
    });
  }
  const map = median(ofMany.map((round) => many / round.library.seconds));
  const rate = median(ofMany.map((round) => many / round.command.seconds));
  const keptRate = median(ofMany.map((round) => many / round.kept.seconds));
  const grown = (run: Run): number => run.peakMb - run.firstMb;
  console.log(`| ${count(many)} lines, echo | lines/s | beside \`map\` | memory at first, at most |
|---|---|---|---|
| a program with \`pool.map\` | ${count(map)} | 1 | |
| \`polyloop map\` | ${count(rate)} | ${(rate / map).toFixed(2)} | ${ofMany.map(({ command: run }) => `${count(run.firstMb)}, ${count(run.peakMb)} MB (+${count(grown(run))})`).at(-1)} |
| with \`-o\` and \`--joblog\` | ${count(keptRate)} | ${(keptRate / map).toFixed(2)} | ${ofMany.map(({ kept: run }) => `${count(run.firstMb)}, ${count(run.peakMb)} MB (+${count(grown(run))})`).at(-1)} |
`);

  const input = lines(few);
  const peers: [name: string, run: () => Promise<Run>][] = [
    ['`polyloop map`', () => measure(process.execPath, command(echo, input))],
    [`\`xargs -P${workers} -n1 echo\``, () => measure('xargs', [`-P${workers}`, '-n1', 'echo'], input)],
    [`\`parallel -j${workers} echo\``, () => measure('parallel', [`-j${workers}`, 'echo'], input)],
    ['`cat`', () => measure('cat', [], input)],
  ];
  const seconds = new Map<string, number[]>(peers.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round++)
    for (const [name, run] of peers) seconds.get(name)?.push((await run()).seconds);
  const ours = median(seconds.get('`polyloop map`') ?? []);
  console.log(`| ${count(few)} lines | seconds | times ours |\n|---|---|---|`);
  for (const [name, times] of seconds)
    console.log(`| ${name} | ${median(times).toFixed(2)} | ${(median(times) / ours).toFixed(2)} |`);
} finally {
  rmSync(folder, { recursive: true });
}
