// What is read is never written over, and nothing is written twice, whatever the files are called: it is refused before anything is touched.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { command } from '../support/command.ts';
import { newFolder } from '../support/files.ts';
import { shareOf } from '../support/shares.ts';

const files: Readonly<Record<string, string>> = {
  'id.mjs': 'export default (x) => x;\n',
  in: 'a\nb\n',
  'run.env': 'A=1\n',
  'args.json': '1\n',
  'early.mjs': '// Nothing.\n',
  'out.lock': 'not a lock\n',
};

function folderOf(): string {
  const folder = newFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  mkdirSync(join(folder, 'deep'));
  symlinkSync('in', join(folder, 'soft'));
  symlinkSync('../new', join(folder, 'deep', 'dangling'));
  linkSync(join(folder, 'in'), join(folder, 'hard'));
  return folder;
}

/** By a shell, which sends the streams. `polyloop` stands for the command. */
function sh(line: string, cwd: string): { code: number | null; stdout: string; stderr: string } {
  const script = `polyloop() { "${process.execPath}" "${command}" "$@"; }; ${line}`;
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script], { cwd, encoding: 'utf8', timeout: 60_000 });
  return { code: status, stdout, stderr };
}

const map = 'polyloop map ./id.mjs --kind inline';
const refused: readonly (readonly [line: string, says: string])[] = [
  [`${map} -o in --overwrite < in`, 'in is what stdin is read from, and would be written over'],
  [`${map} -o hard --append < in`, 'hard is what stdin is read from'],
  [`${map} in -o "$PWD/deep/../soft" --overwrite`, 'is asked for twice'],
  [`${map} in --joblog hard --overwrite`, 'hard is asked for twice'],
  [`${map} in --joblog soft --resume`, 'soft is asked for twice'],
  [`${map} in --report id.mjs`, 'id.mjs is the module of the function'],
  [`${map} in --trace id.mjs`, 'id.mjs is the module of the function'],
  [`${map} in -o id.mjs --overwrite`, 'id.mjs is the module of the function'],
  [`${map} in --env-file run.env --joblog run.env --overwrite`, 'run.env is an --env-file'],
  [`${map} in --node-option --import=./early.mjs --report early.mjs`, 'early.mjs is a file of a --node-option'],
  [`${map} in --args @args.json -o args.json --overwrite`, 'args.json is the file of --args'],
  [`${map} in -o new --report deep/dangling`, 'deep/dangling is asked for twice'],
  [`${map} in --errors hard --append`, 'hard is asked for twice'],
  [`${map} --errors in --overwrite < in`, 'in is what stdin is read from'],
  [`${map} in --errors id.mjs --overwrite`, 'id.mjs is the module of the function'],
  [`${map} in -o new --errors new`, 'new is asked for twice'],
  [`${map} in --errors new > new`, 'stdout goes to new, which is written as well'],
  [`${map} out.lock --errors out`, 'out.lock is asked for twice'],
  [`${map} out.lock -o out`, 'out.lock is asked for twice'],
  [`${map} in >> in`, 'stdout goes to the file from which in is read'],
  [`${map} soft >> hard`, 'stdout goes to the file from which soft is read'],
  [`${map} >> in < in`, 'stdout goes to the file from which stdin is read'],
  [`${map} in -o new 2>> in`, 'stderr goes to the file from which in is read'],
  [`${map} in >> id.mjs`, 'stdout goes to the file from which the module of the function is read'],
  [`${map} in --joblog new > new`, 'stdout goes to new, which is written as well'],
  [`${map} in -o new 2> new`, 'stderr goes to new, which is written as well'],
];

describe('a run that would write over what it reads', { concurrency: 2 }, () => {
  for (const [line, says] of shareOf(refused, 2, 0)) {
    it(`is refused: ${line.replace(map, 'map')}`, () => {
      const folder = folderOf();
      const { code, stdout, stderr } = sh(line, folder);
      // What goes to a file stands there.
      const told = stderr === '' && /2>/.test(line) ? '' : stderr;
      if (told !== '') assert.match(told, /^polyloop: /);
      if (told !== '') assert.ok(told.includes(says), told);
      assert.deepEqual([code, stdout], [255, '']);
      for (const [name, text] of Object.entries(files)) {
        const now = readFileSync(join(folder, name), 'utf8');
        // Of what the shell was told to send to a file, the refusal is all.
        assert.equal(now.replace(/^polyloop: .*\n/m, ''), text, name);
      }
      const made = readdirSync(folder).filter(
        (name) => !(name in files) && !['deep', 'soft', 'hard', 'new'].includes(name),
      );
      assert.deepEqual(made, []);
    });
  }
});

it('a run may send both of its streams to one file, to /dev/stdout, and to devices', () => {
  const folder = folderOf();
  for (const line of [
    `${map} in > new 2>&1`,
    `${map} in -o /dev/stdout --append >> new`,
    `${map} in > /dev/null 2>&1 < /dev/null`,
  ])
    assert.equal(sh(line, folder).code, 0, line);
});

it('a file that has the name of a lock, and is none, stays', () => {
  const folder = folderOf();
  const { code, stderr } = sh(`${map} in -o out`, folder);
  assert.deepEqual(
    [code, stderr],
    [255, 'polyloop: out.lock is no lock of polyloop, and would be written over. Name out differently.\n'],
  );
  assert.equal(readFileSync(join(folder, 'out.lock'), 'utf8'), files['out.lock']);
});

it('a page about a run is not written over its log', () => {
  const folder = folderOf();
  assert.equal(sh(`${map} in --joblog run.log > /dev/null 2>&1`, folder).code, 0);
  const log = readFileSync(join(folder, 'run.log'), 'utf8');
  linkSync(join(folder, 'run.log'), join(folder, 'same.html'));
  for (const name of ['run.log', 'same.html']) {
    const { code, stderr } = sh(`polyloop report run.log -o ${name}`, folder);
    assert.deepEqual([code, stderr.includes('asked for twice')], [255, true]);
  }
  assert.equal(readFileSync(join(folder, 'run.log'), 'utf8'), log);
});
