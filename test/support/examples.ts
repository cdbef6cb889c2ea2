// Runs the command that an example's README shows, in a shell, in a folder of its own; and reads what it shows to come out.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { linesOf, type Line } from './command.ts';
import { newFolder } from './files.ts';
import type { Ended } from './programs.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** The records among what a command shows. */
export function recordsOf(text: string): Line[] {
  return linesOf(
    text
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .join('\n'),
  );
}

/** What an example's README shows: a command, and the records below it. */
export function shownIn(example: string): { readonly command: string; readonly records: readonly Line[] } {
  const readme = readFileSync(join(root, 'examples', example, 'README.md'), 'utf8');
  const [, command, output] = /^```console\n\$ (.*polyloop map .*)\n([^]*?)^```$/m.exec(readme) ?? [];
  assert.ok(command !== undefined && output !== undefined, `examples/${example}/README.md shows no command`);
  return { command, records: recordsOf(output) };
}

/** An example's files, and those of the test beside them or in their place. */
export function folderOf(example: string, shipped: readonly string[], own: Readonly<Record<string, string>>): string {
  const folder = newFolder();
  // A link is loaded from where the file is, so what that imports is found.
  for (const file of shipped) symlinkSync(join(root, 'examples', example, file), join(folder, file));
  for (const [file, text] of Object.entries(own)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  return folder;
}

/** Runs a line of shell in which `polyloop` is the command; of options that are given twice, the last counts. */
export function shell(line: string, cwd: string): Promise<Ended> {
  const startedAt = performance.now();
  const path = [commandFolder(), dirname(process.execPath), process.env['PATH']].join(delimiter);
  const env = { ...process.env, PATH: path, NODE_TEST_CONTEXT: undefined };
  return new Promise((resolve) => {
    const child = execFile('bash', ['-c', line], { cwd, env, maxBuffer: 64e6 }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, signal: child.signalCode, stdout, stderr, ms: performance.now() - startedAt });
    });
  });
}

let linked: string | undefined;

function commandFolder(): string {
  if (linked === undefined) {
    linked = newFolder();
    symlinkSync(join(root, 'bin', 'polyloop.cjs'), join(linked, 'polyloop'));
  }
  return linked;
}
