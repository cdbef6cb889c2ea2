// Whatever stands in inputs, names and messages: what the command prints cannot do anything to a terminal. One text that would is
// put wherever a text can come from, and looked for wherever one is printed.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { resumeHint } from '../../src/cli/resume-hint.ts';
import { visible, visibleInColour, visibleJson, visibleLine } from '../../src/report/visible.ts';
import { command } from '../support/command.ts';
import { newFolder } from '../support/files.ts';
import { watch } from '../support/pools.ts';
import { run, type Ended } from '../support/programs.ts';
import { isWholeRun } from '../support/shares.ts';

watch();

/** Sets the title, clears the screen twice, goes to the beginning of the line, turns letters round, ends the line for some. */
const nasty = 'a\u001B]0;title\u0007\u001B[2J\r\u009B2Jb\u202Ec\u007Fd\u2028e';
const shown = String.raw`a\x1b]0;title\x07\x1b[2J\r\x9b2Jb\u202ec\x7fd\u2028e`;
/** A row of CSV would end at the carriage return. */
const oneRow = nasty.replace('\r', '');
const red = '\u001B[31mred\u001B[0m';

function assertHarmless(text: string, isColoured = false): void {
  const plain = isColoured ? text.replaceAll(red, 'red').replaceAll('\u001B[0m', '') : text;
  const found = /(?!\n)[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u.exec(plain);
  assert.equal(found, null, JSON.stringify(text));
}

/** The functions are exported by their names, one of which is such a text. */
const moduleText = `
import { setTimeout as sleep } from 'node:timers/promises';
const nasty = ${JSON.stringify(nasty)};
async function fail(line) {
  process.kill(process.pid, 'SIGUSR1');
  await sleep(50);
  throw Object.assign(new Error(line), { name: line });
}
const print = (line) => {
  console.log(line + '\\t' + ${JSON.stringify(red)});
  return line;
};
const column = () => ({ [nasty]: 1 });
const echo = (line) => line;
export { fail as ${JSON.stringify(nasty)}, print, column, echo };
`;

/** A folder with such a module, and with inputs of that text in a file of that name. */
function place(): string {
  const folder = newFolder();
  writeFileSync(join(folder, 'm.mjs'), moduleText);
  writeFileSync(join(folder, nasty), `${nasty}\n`.repeat(2));
  return folder;
}

/** The streams of the command are as those of a terminal. */
const onTerminal = `data:text/javascript,${encodeURIComponent(
  `if (process.argv[1]?.endsWith('main.ts')) process.stderr.isTTY = process.stdout.isTTY = true;`,
)}`;

function polyloop(cwd: string, args: readonly string[], flags: readonly string[] = []): Promise<Ended> {
  const isMap = args[0] === 'map' && !args.includes('--kind');
  return run([...flags, command, ...args, ...(isMap ? ['--kind', 'inline'] : [])], { cwd });
}

describe('what is hidden in a text', () => {
  it('becomes visible, and nothing else changes', () => {
    assert.equal(visibleLine(nasty), shown);
    assert.equal(visible(`${nasty}\n👩‍👩‍👧 שלום ü\t`), String.raw`${shown}${'\n'}👩‍👩‍👧 שלום ü\t`);
    const all = Array.from({ length: 0x2100 }, (_, unit) => String.fromCharCode(unit)).join('');
    assertHarmless(visible(all));
    assertHarmless(visibleInColour(all.replaceAll('\t', '')));
    assertHarmless(visibleJson(JSON.stringify(all)));
    assert.equal(JSON.parse(visibleJson(JSON.stringify(all))), all);
  });

  it('is none of the colours and tabs of what others print, and no colour outlives it', () => {
    assert.equal(visibleInColour(`\t${red} \u001B[2K\r\n`), `\t${red} ${String.raw`\x1b[2K`}\n\u001B[0m`);
    assert.equal(visibleInColour('plain\n'), 'plain\n');
  });

  it('is in the line to go on with as a shell reads it, and can be pasted', () => {
    const args = [nasty, 'a\nb', "it's \\ so\t", '#x'];
    const hint = resumeHint(['map', ...args], 'log', ['polyloop']).replace('Go on with: polyloop map --resume ', '');
    assertHarmless(hint);
    const read = execFileSync('bash', ['-c', `printf '%s\\0' ${hint}`], { encoding: 'utf8' });
    assert.deepEqual(read.split('\0').slice(0, -1), args);
  });
});

describe('no text does anything to a terminal', () => {
  it('in a run: inputs, files, functions and errors, in what is told, in the log and in reports', async () => {
    const folder = place();
    const log = `${nasty}.log`;
    const files = ['-o', `${nasty}.out`, '--raw', '--joblog', log, '--report', `${nasty}.html`, '--trace', 't.json'];
    const { stderr, code: status } = await polyloop(folder, [
      'map',
      `./m.mjs#${nasty}`,
      nasty,
      ...files,
      '--limit',
      '2',
    ]);
    assert.equal(status, 2);
    assertHarmless(stderr);
    for (const line of [
      // SIGUSR1, a failure, the end.
      `  input 1 (${shown}:1) ${shown}\n`,
      `polyloop: input 1 (${shown}:1) failed: ${shown}: ${shown}\n`,
      ` × ${visible(nasty.replaceAll(/\s+/g, ' '))}: `,
      `  output    ${shown}.out\n`,
      `  job log   ${shown}.log\n`,
      String.raw`--resume $'./m.mjs#a\033]0;title`,
    ])
      assert.ok(stderr.includes(line), `${line}\n${stderr}`);

    for (const [file, quotes] of [
      [log, '"input":"a\\u001b]0;title'],
      [`${nasty}.html`, shown],
      ['t.json', '"input":"a\\u001b]0;title'],
    ] as const) {
      const written = readFileSync(join(folder, file), 'utf8');
      assertHarmless(written.replaceAll('\t', ''));
      assert.ok(written.includes(quotes), file);
    }

    const again = await polyloop(folder, ['map', './m.mjs#echo', nasty, ...files, '--retry-failed']);
    assert.equal(again.code, 0);
    assertHarmless(again.stderr);
    assert.ok(again.stderr.includes(`polyloop: Note that the function was ./m.mjs#${shown}, and is`), again.stderr);
    const report = await polyloop(folder, ['report', log, '-o', `${nasty}.html`]);
    assert.equal(report.stderr, `${shown}.html\n`);
  });

  it('in a dry run', async () => {
    const { stdout } = await polyloop(place(), ['map', './m.mjs#echo', nasty, '--dry-run']);
    assertHarmless(stdout.replaceAll('\t', ''));
    assert.ok(stdout.includes(`${shown}:1`), stdout);
  });

  const refused: [what: string, args: (folder: string) => string[]][] = [
    ['the name of a function that is not there', () => ['map', `./m.mjs#${nasty}.`, nasty]],
    ['the value of a flag', () => ['map', './m.mjs#echo', nasty, '--rate', nasty]],
    [
      'the name of a column of results',
      (folder) => {
        writeFileSync(join(folder, 'in.txt'), '1\n');
        return ['map', './m.mjs#column', 'in.txt', '--csv', '--columns', 'other'];
      },
    ],
  ];
  // These go the same ways.
  if (isWholeRun)
    refused.push(
      ['the name of a file that is not there', () => ['map', './m.mjs#echo', `${nasty}.`]],
      ['the name of a module that is not there', () => ['map', `./${nasty}.mjs`, nasty]],
      ['a flag', () => ['map', './m.mjs#echo', `--${nasty}`]],
      ['an input that is not what it should be', () => ['map', './m.mjs#echo', nasty, '--input', 'jsonl']],
      ['a log that is none', () => ['report', nasty]],
      [
        'the name of a column of inputs',
        (folder) => {
          writeFileSync(join(folder, 'in.csv'), `"${oneRow}","${oneRow}"\n1,2\n`);
          return ['map', './m.mjs#echo', 'in.csv'];
        },
      ],
    );
  for (const [what, args] of refused) {
    it(`in a message about ${what}`, async () => {
      const folder = place();
      const { stderr, code: status } = await polyloop(folder, args(folder));
      assert.notEqual(status, 0);
      assertHarmless(stderr);
      assert.ok(/\\x1b\]0;title|\\u001b\]0;title/.test(stderr), stderr);
    });
  }

  for (const kind of ['process', 'inline']) {
    it(`in what tasks print, where that is a terminal, but for colours and tabs, over ${kind}`, async () => {
      const args = ['map', './m.mjs#print', nasty, '-j', '1', '--kind', kind, '-q', '--tag'];
      const { stdout, stderr } = await polyloop(place(), args, ['--import', onTerminal]);
      assertHarmless(stderr.replaceAll('\t', ''), true);
      assert.ok(stderr.includes(`1\t${shown}\t${red}\n`), JSON.stringify(stderr));
      // Records that go there are as harmless, and still say the same.
      assertHarmless(stdout);
      assert.equal((JSON.parse(stdout.split('\n')[0] ?? '') as { value: string }).value, nasty);
    });
  }

  it('in bare values, where they go to a terminal', async () => {
    const args = ['map', './m.mjs#echo', nasty, '--raw', '-q'];
    const { stdout } = await polyloop(place(), args, ['--import', onTerminal]);
    assert.equal(stdout, `${shown}\n`.repeat(2));
  });

  it('and a pipe or a file gets what it is given, byte for byte', async () => {
    const { stdout, stderr } = await polyloop(place(), ['map', './m.mjs#print', nasty, '--raw', '-q']);
    assert.equal(stdout, `${nasty}\n`.repeat(2));
    assert.equal(stderr, `${nasty}\t${red}\n`.repeat(2));
  });
});
