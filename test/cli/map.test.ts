// The command, run as a user runs it.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';

import { command, functions, linesOf, numbers, polyloop as runCommand, type Line } from '../support/command.ts';
import { newFolder } from '../support/files.ts';
import { watch } from '../support/pools.ts';
import { start, type Ended } from '../support/programs.ts';

watch();

const folder = newFolder();

function polyloop(args: readonly string[], input = '', cwd = folder): Promise<Ended> {
  return runCommand(args, input, cwd);
}

type Record_ = { readonly [key: string]: unknown };

const records = ({ stdout }: Ended): Line[] => linesOf(stdout);

describe('polyloop map', () => {
  it('runs a function for each line of stdin and writes a record for each', async () => {
    const ended = await polyloop(['map', `${functions}#shout`], 'one\ntwo\r\nthree');
    assert.equal(ended.code, 0);
    const told = records(ended).toSorted((a, b) => a.seq - b.seq);
    assert.deepEqual(
      told.map(({ seq, ok, value, attempts }) => [seq, ok, value, attempts]),
      [
        [1, true, 'ONE', 1],
        [2, true, 'TWO', 1],
        [3, true, 'THREE', 1],
      ],
    );
    assert.ok(told.every(({ ms }) => typeof ms === 'number' && ms >= 0));
    assert.deepEqual(Object.keys(told[0] ?? {}), ['seq', 'ok', 'value', 'ms', 'attempts']);
    assert.match(ended.stderr, /^3 inputs in [\d.]+ s \([\d,.]+\/s\), all done\n$/);
  });

  it('runs the default export where none is named, of any kind of module, over processes, threads and inline', async () => {
    const module = join(folder, 'plain.cjs');
    writeFileSync(module, 'module.exports = (line) => line.length;');
    for (const kind of ['process', 'thread', 'inline']) {
      const ended = await polyloop(['map', './plain.cjs', '--kind', kind, '-j', '1', '-q'], 'four\n');
      assert.deepEqual([records(ended)[0]?.value, ended.stderr, ended.code], [4, '', 0]);
    }
  });

  it('writes in the order of the inputs with -k', async () => {
    const ended = await polyloop(['map', `${functions}#lateIfOdd`, '-k', '-j2', '-c', '4'], numbers(20));
    assert.deepEqual(
      records(ended).map(({ seq, value }) => [seq, value]),
      Array.from({ length: 20 }, (_, n) => [n + 1, String(n + 1)]),
    );
  });

  it('writes as they come without -k', async () => {
    const ended = await polyloop(['map', `${functions}#lateIfOdd`, '-j1'], numbers(2));
    assert.deepEqual(
      records(ended).map(({ seq }) => seq),
      [2, 1],
    );
  });

  it('reads JSON, one value per line, from files by their name or with --input', async () => {
    const file = join(folder, 'rows.jsonl');
    writeFileSync(file, '\uFEFF{"a":1}\n\n[2]\n"three"\n4\n');
    const ended = await polyloop(['map', `${functions}#typeOf`, '-k', 'rows.jsonl', '-'], 'a line\n');
    assert.deepEqual(
      records(ended).map(({ value }) => value),
      ['object', 'array', 'string', 'number', 'string'],
    );
    const piped = await polyloop(['map', `${functions}#typeOf`, '--input', 'jsonl'], '{"a":1}\n');
    assert.equal(records(piped)[0]?.value, 'object');
  });

  it('records what is thrown, and exits with the number of failures', async () => {
    const ended = await polyloop(['map', `${functions}#failIfOdd`, '-k'], numbers(7));
    assert.equal(ended.code, 4);
    const [first, second] = records(ended);
    assert.deepEqual(
      [first?.ok, first?.error?.name, first?.error?.message, first?.error?.code],
      [false, 'RangeError', '1 is odd', 'E_ODD'],
    );
    assert.deepEqual([second?.ok, second?.value], [true, 2]);
    assert.match(ended.stderr, /7 inputs in .*, 4 failed/);
  });

  it('exits with 101 where more than 100 failed', async () => {
    const ended = await polyloop(['map', `${functions}#failIfOdd`], numbers(240));
    assert.equal(ended.code, 101);
    assert.equal(records(ended).filter(({ ok }) => !ok).length, 120);
  });

  it('records a worker that dies, and goes on', async () => {
    const ended = await polyloop(
      ['map', `${functions}#exitIfThree`, '--kind', 'process', '-k', '-c', '1', '-j', '1'],
      numbers(5),
    );
    assert.deepEqual(
      records(ended).map(({ ok }) => ok),
      [true, true, false, true, true],
    );
    assert.equal(records(ended)[2]?.error?.code, 'ERR_WORKER_CRASHED');
    assert.equal(ended.code, 1);
    // Nobody knows for how long it ran: that is not 0 ms.
    assert.deepEqual(Object.keys(records(ended)[2] ?? {}), ['seq', 'ok', 'error', 'attempts']);
    assert.doesNotMatch(ended.stderr, /for input 3/);
  });

  it('keeps stdout for results: what tasks print goes to stderr', async () => {
    for (const kind of ['process', 'thread']) {
      const ended = await polyloop(['map', `${functions}#chatty`, '--kind', kind], numbers(3));
      assert.equal(records(ended).length, 3);
      assert.match(ended.stderr, /chatting about 1/);
    }
  });

  it('writes no value for a function that returns none, and fails for one that JSON cannot hold', async () => {
    const none = await polyloop(['map', `${functions}#nothing`], 'x\n');
    assert.deepEqual(Object.keys(records(none)[0] ?? {}), ['seq', 'ok', 'ms', 'attempts']);
    const big = await polyloop(['map', `${functions}#bigInteger`], 'x\n');
    assert.equal(big.code, 1);
    assert.match(records(big)[0]?.error?.message ?? '', /BigInt/);
  });

  it('finds packages, those that can only be imported too', async () => {
    const found = await polyloop(['map', 'marked#parse'], '# Hi\n', fileURLToPath(new URL('../..', import.meta.url)));
    assert.equal(records(found)[0]?.value, '<h1>Hi</h1>\n');
    const place = join(folder, 'node_modules', 'only-import');
    mkdirSync(place, { recursive: true });
    writeFileSync(
      join(place, 'package.json'),
      JSON.stringify({ name: 'only-import', type: 'module', exports: { '.': { import: './main.js' } } }),
    );
    writeFileSync(join(place, 'main.js'), 'export const twice = (text) => text + text;');
    const imported = await polyloop(['map', 'only-import#twice'], 'ha\n');
    assert.equal(records(imported)[0]?.value, 'haha');
  });

  it('ends quietly when nobody reads its results any more', async () => {
    const running = start([command, 'map', `${functions}#shout`], { input: numbers(200_000) });
    running.child.stdout?.once('data', () => running.child.stdout?.destroy());
    const { stderr } = await running.ended;
    assert.doesNotMatch(stderr, /EPIPE|at /);
  });

  it('needs no input', async () => {
    const ended = await polyloop(['map', `${functions}#shout`, '-j1']);
    assert.deepEqual([ended.stdout, ended.code], ['', 0]);
  });

  it('does what was read before an input that cannot be', async () => {
    const ended = await polyloop(['map', `${functions}#typeOf`, '-k', '--input', 'jsonl', '-q'], '1\n2\n3\nbad\n');
    assert.deepEqual(
      records(ended).map(({ seq }) => seq),
      [1, 2, 3],
    );
    assert.equal(ended.code, 255);
    assert.match(ended.stderr, /^polyloop: stdin:4 is not JSON/);
  });

  it('leaves out an input that cannot be read with --bad-input skip, or records it, and counts it either way', async () => {
    const input = '1\n{\n"two"\n[\n3\n';
    const skipped = await polyloop(
      ['map', `${functions}#typeOf`, '-k', '--input', 'jsonl', '--bad-input', 'skip'],
      input,
    );
    assert.deepEqual(
      records(skipped).map(({ seq, value }) => [seq, value]),
      [
        [1, 'number'],
        [3, 'string'],
        [5, 'number'],
      ],
    );
    assert.equal(skipped.code, 0);
    assert.match(skipped.stderr, /^3 inputs in .*, all done, 2 skipped$/m);
    const recorded = await polyloop(
      ['map', `${functions}#typeOf`, '-k', '--input', 'jsonl', '--bad-input', 'record', '--retries', '2'],
      input,
    );
    assert.deepEqual(
      records(recorded).map(({ seq, ok, attempts }) => [seq, ok, attempts]),
      [
        [1, true, 1],
        [2, false, 1],
        [3, true, 1],
        [4, false, 1],
        [5, true, 1],
      ],
    );
    assert.match(records(recorded)[1]?.error?.message ?? '', /^stdin:2 is not JSON/);
    assert.equal(records(recorded)[1]?.error?.name, 'BadInputError');
    assert.equal(recorded.code, 2);
  });

  it('ends where a row of CSV has no end that can be known, for what is behind it would be lost', async () => {
    writeFileSync(join(folder, 'long.csv'), `id,text\n1,a\n2,${'x'.repeat(300)}\n3,c\n`);
    writeFileSync(join(folder, 'open.csv'), 'id,text\n1,a\n2,"b\n3,c\n4,d\n');
    for (const file of ['long.csv', 'open.csv'])
      for (const what of ['skip', 'record']) {
        const ended = await polyloop(['map', functions, file, '--max-line-bytes', '100', '--bad-input', what]);
        assert.equal(ended.code, 255);
        assert.match(
          ended.stderr,
          /Where the next row begins is not known, so what is behind it cannot be read\. With --joblog/m,
        );
        assert.equal(records(ended).length, 1);
      }
  });

  it('reads rows of CSV, names from find -print0, and what is compressed', async () => {
    writeFileSync(join(folder, 'people.csv.gz'), gzipSync('name,age\nAnn,7\n"Bob\nB.",8\n'));
    const rows = await polyloop(['map', functions, '-k', 'people.csv.gz']);
    assert.deepEqual(
      records(rows).map(({ value }) => value),
      [
        { name: 'Ann', age: '7' },
        { name: 'Bob\nB.', age: '8' },
      ],
    );
    const names = await polyloop(['map', functions, '-k', '--input', 'null'], './a\nb\0./c\0');
    assert.deepEqual(
      records(names).map(({ value }) => value),
      ['./a\nb', './c'],
    );
  });

  it('reads a line of 50 MB, and no longer ones than --max-line-bytes', async () => {
    const input = `${'x'.repeat(50_000_000)}\nshort\n`;
    const ended = await polyloop(['map', `${functions}#lengthOf`, '-k'], input);
    assert.deepEqual(
      records(ended).map(({ value }) => value),
      [50_000_000, 5],
    );
    const limited = await polyloop(['map', `${functions}#lengthOf`, '--max-line-bytes', '1MB'], input);
    assert.match(limited.stderr, /^polyloop: stdin:1 is longer than --max-line-bytes 1000000\. Mend it/m);
    assert.equal(limited.code, 255);
  });

  it('writes a record for each value that a generator yields, once it has yielded all', async () => {
    const ended = await polyloop(['map', `${functions}#countUp`, '-k'], '2\n0\nbad\n1\n');
    assert.deepEqual(
      records(ended).map(({ seq, part, ok, value }) => [seq, part, ok, value]),
      [
        [1, 1, true, 1],
        [1, 2, true, 2],
        [3, undefined, false, undefined],
        [4, 1, true, 1],
      ],
    );
    assert.deepEqual(Object.keys(records(ended)[0] ?? {}), ['seq', 'part', 'ok', 'value', 'ms', 'attempts']);
  });

  it('gives each call a second argument with --args', async () => {
    const ended = await polyloop(['map', `${functions}#greet`, '--args', '{"greeting":"Hello"}'], 'Ann\n');
    assert.equal(records(ended)[0]?.value, 'Hello, Ann');
  });

  it('takes it from a file with --args @FILE, and tells nobody what is in it', async () => {
    const place = newFolder();
    const secret = 'Ahoy-4711';
    writeFileSync(join(place, 'secret.json'), `\uFEFF{"greeting":"${secret}"}\n`);
    const told = ['--joblog', 'run.log', '--report', 'run.html', '--limit', '1'];
    const args = ['map', `${functions}#greet`, '--args', '@secret.json'];
    const ended = await polyloop([...args, ...told, '-o', 'out'], 'Ann\nBob\n', place);
    assert.equal(ended.code, 0);
    assert.match(readFileSync(join(place, 'out'), 'utf8'), /"value":"Ahoy-4711, Ann"/);
    assert.match(ended.stderr, /Go on with: .* --resume .* --args '?@secret\.json'? /);
    const log = readFileSync(join(place, 'run.log'), 'utf8');
    assert.match(log, /"args":"[\da-f]{16}".*"args":"@secret\.json"/);
    const dry = await polyloop([...args, '--dry-run'], 'Ann\n', place);
    assert.match(dry.stdout, /\("Ann", what is in secret\.json\)/);
    for (const text of [ended.stderr, log, readFileSync(join(place, 'run.html'), 'utf8'), dry.stdout])
      assert.ok(!text.includes(secret));
  });

  it('sets each worker up and tears it down with --setup and --teardown', async () => {
    const file = join(folder, 'lives.txt');
    const ended = await polyloop(
      ['map', `${functions}#tellReady`, '--setup', 'getReady', '--teardown', 'sayBye', '--env-file', 'lives.env'],
      'a\n',
      (writeFileSync(join(folder, 'lives.env'), `LIVES_FILE=${file}\n`), folder),
    );
    assert.equal(records(ended)[0]?.value, 'ready for a');
    assert.equal(readFileSync(file, 'utf8'), 'set up\ntorn down\n');
  });

  it('tries again with --retries, and gives up at a --timeout; and says how often it has tried', async () => {
    const ended = await polyloop(
      ['map', `${functions}#failTwiceOrHang`, '-k', '--retries', '2', '--timeout', '300ms', '--grace', '50ms'],
      `${join(folder, 'tries-1')}\n${join(folder, 'tries-2')}\nhang\n`,
    );
    assert.deepEqual(
      records(ended).map(({ ok, attempts, error }) => [ok, attempts, error?.name]),
      [
        [true, 3, undefined],
        [true, 3, undefined],
        [false, 3, 'TaskTimeoutError'],
      ],
    );
    assert.equal(ended.code, 1);
  });

  it('keeps a --rate over all workers, and gives flags to their node', async () => {
    const ended = await polyloop(
      ['map', `${functions}#whenAndFlags`, '-j', '2', '--rate', '5/200ms', '--node-option', '--max-old-space-size=77'],
      numbers(12),
    );
    const times = records(ended).map(({ value }) => value as { readonly at: number; readonly flags: string[] });
    const at = times.map((time) => time.at).toSorted((one, other) => one - other);
    assert.ok(
      (at[11] as number) - (at[0] as number) >= 380,
      `twelve started within ${(at[11] as number) - (at[0] as number)} ms`,
    );
    assert.ok(times[0]?.flags.includes('--max-old-space-size=77'));
  });

  it('replaces workers with --max-tasks', async () => {
    const ended = await polyloop(['map', `${functions}#pidOf`, '--max-tasks', '2', '-c', '1'], numbers(6));
    assert.equal(new Set(records(ended).map(({ value }) => value)).size, 3);
  });

  it('does not wait for input that it no longer wants', async () => {
    const running = spawn(process.execPath, [command, 'map', `${functions}#shoot`, '-j', '1'], {
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    running.stdin.write('a\n');
    const [code] = (await once(running, 'exit')) as [number];
    assert.equal(code, 255);
    running.stdin.destroy();
  });

  it('says that it cannot write', async () => {
    const { stdout } = await promisify(execFile)('bash', [
      '-c',
      `seq 3 | "${process.execPath}" "${command}" map "${functions}#shout" -j1 2>&1 > /dev/full; echo $?`,
    ]);
    assert.match(stdout, /polyloop: Cannot write to stdout: ENOSPC.*\n255\n$/);
  });

  it('records errors with their class, code and causes, whatever hangs on them', async () => {
    const ended = await polyloop(['map', `${functions}#failOddly`, '-k'], 'circle\ncause\ngetter\nnothing\n');
    const [circle, cause, getter, nothing] = records(ended).map(({ error }) => error as unknown as Record_);
    assert.deepEqual([circle?.['name'], circle?.['message'], circle?.['code']], ['TypeError', 'round', 'E_ROUND']);
    assert.deepEqual((cause?.['cause'] as Record_ | undefined)?.['message'], 'inner');
    assert.equal(getter?.['message'], 'with a trap');
    assert.match(String(getter?.['trap']), /reading it throws: caught/);
    assert.equal(nothing?.['message'], 'undefined');
    assert.doesNotMatch(ended.stdout, /task-worker/);
  });

  it('records errors that are very large, or of another realm, by what they say', async () => {
    const ended = await polyloop(['map', `${functions}#failOddly`, '-k'], 'large\nrealm\nproxy\n');
    assert.ok(ended.stdout.length < 10_000, `${ended.stdout.length} characters`);
    const [large, realm, proxy] = records(ended).map(({ error }) => error as unknown as Record_);
    assert.equal(large?.['stdout'], '[200000 bytes]');
    assert.deepEqual([realm?.['name'], realm?.['message']], ['RangeError', 'elsewhere']);
    assert.match(JSON.stringify(proxy), /reading it throws: no keys/);
  });

  it('records what is thrown and is no error by what it is and says', async () => {
    const module = join(folder, 'throws.mjs');
    const lines = [
      'const things = {',
      "  event: () => new ErrorEvent('error', { message: 'refused', error: new TypeError('inner') }),",
      "  response: () => new Response('', { status: 503 }),",
      '  marker: () => new (class Marker {})(),',
      '  data: () => ({ reason: 1 }),',
      '};',
      'export function fail(name) { throw things[name](); }',
    ];
    writeFileSync(module, lines.join('\n'));
    const ended = await polyloop(['map', './throws.mjs#fail', '-k', '-q', '-j1'], 'event\nresponse\nmarker\ndata\n');
    const [event, response, marker, data] = records(ended).map(({ error }) => error as unknown as Record_);
    assert.deepEqual([event?.['name'], event?.['message']], ['ErrorEvent', 'refused']);
    assert.equal((event?.['error'] as Record_ | undefined)?.['message'], 'inner');
    assert.deepEqual(
      [response?.['name'], response?.['message'], response?.['status']],
      ['Response', 'a thrown Response', 503],
    );
    assert.deepEqual(marker, { name: 'Marker', message: 'a thrown Marker' });
    assert.deepEqual(data, { reason: 1 });
  });

  it('calls a function that is a property of what a CommonJS module exports as a method of that', async () => {
    const module = join(folder, 'method.cjs');
    writeFileSync(
      module,
      'module.exports = { step: 10, up() { this.step = 20; }, add(n) { return Number(n) + this.step; } };',
    );
    const ended = await polyloop(['map', './method.cjs#add', '-q', '-j1', '--setup', 'up'], '1\n');
    assert.equal(records(ended)[0]?.value, 21);
  });

  it('says that it was the --setup that failed', async () => {
    const ended = await polyloop(['map', `${functions}#shout`, '--setup', 'failSetUp', '-q'], 'a\n');
    assert.equal(ended.stderr, 'polyloop: --setup failSetUp failed: no database\n');
    assert.equal(ended.code, 255);
  });

  it('ends where the module ends its workers', async () => {
    const exits = fileURLToPath(new URL('../tasks/exits-at-load.ts', import.meta.url));
    const ended = await polyloop(['map', `${exits}#any`, '--kind', 'process', '-q'], numbers(500));
    assert.equal(ended.code, 255);
    assert.equal(ended.stdout, '');
    assert.match(ended.stderr, /could not start: it exited with code 3/);
  });
});

describe('polyloop tells a user what to do, in a line, and exits with 255, when', () => {
  const cases: [what: string, args: string[], input: string, says: RegExp][] = [
    [
      'an option is unknown',
      ['map', functions, '--wokers', '2'],
      '',
      /unknown option '--wokers'\n\(Did you mean --workers\?\)/,
    ],
    ['a command is unknown', ['mpa'], '', /unknown command 'mpa'\n\(Did you mean map\?\)/],
    [
      'a number is none',
      ['map', functions, '-j', 'many'],
      '',
      /argument 'many' is invalid\. It takes a number of workers, a share of the cores, or so many more or fewer: 4, 50%/,
    ],
    ['a kind is none', ['map', functions, '--kind', 'fork'], '', /Allowed choices are process, thread, inline/],
    [
      'there is no module',
      ['map', './nowhere.ts'],
      'x\n',
      /polyloop: There is no file '\.\/nowhere\.ts' in .*, and no installed package of that name\.\n$/,
    ],
    [
      'a time is none',
      ['map', functions, '--timeout', 'soon'],
      '',
      /'soon' is invalid\. It takes a time, such as 500ms/,
    ],
    ['a size is none', ['map', functions, '--memory-limit', 'x'], '', /It takes a size, such as 500MB/],
    ['a rate is none', ['map', functions, '--rate', '5'], '', /It takes a number within a time, such as 10\/s/],
    ['arguments are no JSON', ['map', functions, '--args', '{'], '', /It takes JSON, or @FILE for what a file has \(/],
    [
      'the file of arguments is not there',
      ['map', functions, '--args', '@none'],
      '',
      /Cannot read none, which --args names: ENOENT/,
    ],
    [
      'a limit of memory is for no process',
      ['map', functions, '--memory-limit', '1GB', '--kind', 'thread'],
      '',
      /--memory-limit takes --kind process/,
    ],
    [
      'a pattern means nothing',
      ['map', functions, '*.nothing'],
      '',
      /No file in .* is meant by the pattern '\*\.nothing'/,
    ],
    [
      'there is no such function to set up with',
      ['map', functions, '--setup', 'getRaedy'],
      'x\n',
      /polyloop: No export `getRaedy` in file:.*`getReady`/,
    ],
    ['no module is named', ['map'], '', /missing required argument 'MODULE\[#EXPORT\]'/],
    [
      'the name of the export is empty',
      ['map', `${functions}#`],
      '',
      /names no function; write MODULE or MODULE#EXPORT/,
    ],
    [
      'there is no such export',
      ['map', `${functions}#shoot`],
      'x\n',
      /polyloop: No export `shoot` in file:.*; it exports `.*`shout`.*Export it, or name one of those\.\n$/,
    ],
    [
      'the module does not load',
      ['map', new URL('../tasks/broken.ts', import.meta.url).pathname],
      'x\n',
      /polyloop: Cannot load file:.*broken\.ts: broken while loading \(\S*broken\.ts:4:7\)\n$/,
    ],
    [
      'there is no such input',
      ['map', functions, 'no-such-file'],
      '',
      /polyloop: Cannot read no-such-file: ENOENT.*\.\n$/,
    ],
    [
      'a line is not JSON',
      ['map', `${functions}#typeOf`, '--input', 'jsonl'],
      '{}\n{"a":\n',
      /polyloop: stdin:2 is not JSON \(.*\)\. Mend it, read it otherwise with --input, or go on without it with --bad-input skip or record\. With --joblog FILE it could go on from here\.\n$/,
    ],
  ];
  for (const [what, args, input, says] of cases) {
    it(what, async () => {
      const { stderr, code } = await polyloop(args, input);
      assert.match(stderr, says);
      assert.doesNotMatch(stderr, /\n +at /);
      assert.equal(code, 255);
    });
  }

  it('shows help, with examples, and that is no failure', async () => {
    const { stdout, code } = await polyloop(['map', '--help']);
    assert.match(stdout, /Examples:\n {2}\$ polyloop map/);
    assert.equal(code, 0);
    const all = await polyloop(['--help']);
    assert.match(all.stdout, /Examples:\n {2}\$ polyloop map/);
    assert.match((await polyloop(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
    assert.match((await polyloop(['report', '--help'])).stdout, /Example:\n {2}\$ polyloop report/);
  });
});
