// Runs that go on where another has ended, whatever ended it.
import assert from 'node:assert/strict';
import {
  appendFileSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { argsOf, functions, jsonLines, numbers, polyloop, type Line } from '../support/command.ts';
import { Place, seqs, upTo, type Entry } from '../support/place.ts';
import { until, watch } from '../support/pools.ts';
import { start } from '../support/programs.ts';

watch();

describe('a job log', () => {
  it('has a header, an entry for each task that ended, and an end', async () => {
    const place = new Place();
    await place.map('failIfOdd', numbers(3), '-k', '-o', 'out.jsonl', '--args', '{"a":1}');
    const [header = {}, ...rest] = place.entries as (Entry & Record<string, unknown>)[];
    assert.deepEqual(
      [header.type, header['format'], header['function'], header['inputs']],
      ['run', 1, `${functions}#failIfOdd`, [{ file: '-' }]],
    );
    assert.deepEqual(header['output'], { file: 'out.jsonl', format: 'jsonl', startsAt: 0 });
    assert.deepEqual(
      (header['options'] as Record<string, unknown>)['args'],
      '{"a":1}',
      'what was given is there as it was written',
    );
    assert.match(String(header['module']), /^[\da-f]{16}$/);
    const ends = rest.filter(({ seq }) => seq !== undefined);
    assert.deepEqual(
      ends.map(({ seq, ok, bytes }) => [seq, ok, (bytes ?? 0) > 30]),
      [
        [1, false, true],
        [2, true, true],
        [3, false, true],
      ],
    );
    assert.equal((ends[0]?.['error'] as { message: string } | undefined)?.message, '1 is odd');
    assert.deepEqual([rest.at(-1)?.type, (rest.at(-1) as Record<string, unknown>)['ending']], ['end', 'done']);
  });

  it('is refused where it is there already, and so is an output, and it is said what to do', async () => {
    const place = new Place();
    await place.map('shout', 'a\n', '-o', 'out.jsonl');
    const again = await place.map('shout', 'a\n', '-o', 'out.jsonl');
    assert.equal(again.code, 255);
    assert.equal(
      again.stderr,
      'polyloop: run.log is there already. Go on where it ended with --resume, add to it with --append, or write it anew with --overwrite.\n',
    );
    const output = await polyloop(['map', `${functions}#shout`, '-o', 'out.jsonl'], 'a\n', place.folder);
    assert.equal(
      output.stderr,
      'polyloop: out.jsonl is there already. Add to it with --append, or write it anew with --overwrite.\n',
    );
    assert.equal(place.lines.length, 1);
  });

  it('is added to with --append, as another run, and written anew with --overwrite', async () => {
    const place = new Place();
    await place.map('shout', 'a\n', '-o', 'out.jsonl');
    await place.map('shout', 'b\nc\n', '-k', '-o', 'out.jsonl', '--append');
    assert.deepEqual(
      place.lines.map(({ seq, value }) => [seq, value]),
      [
        [1, 'A'],
        [1, 'B'],
        [2, 'C'],
      ],
    );
    const gone = await place.map('shout', 'b\nc\nd\n', '-o', 'out.jsonl', '--resume');
    assert.match(gone.stderr, /^1 input in .*, all done, 2 had ended before/);
    await place.map('shout', 'x\n', '-o', 'out.jsonl', '--overwrite');
    assert.deepEqual([place.lines.map(({ value }) => value), place.ended], [['X'], [1]]);
  });

  for (const fsync of ['never', '1s', 'each']) {
    it(`tells the same with --fsync ${fsync}`, async () => {
      const place = new Place();
      await place.map('shout', numbers(300), '-o', 'out.jsonl', '--fsync', fsync);
      assert.deepEqual([seqs(place.lines), place.ended], [upTo(300), upTo(300)]);
    });
  }
});

describe('--resume', () => {
  it('begins where there is no log yet', async () => {
    const place = new Place();
    const { code } = await place.map('shout', numbers(3), '--resume', '-o', 'out.jsonl');
    assert.deepEqual([code, place.ended], [0, [1, 2, 3]]);
  });

  it('skips what has ended, whether it failed or not, and runs the rest', async () => {
    const place = new Place();
    await place.map('failIfOdd', numbers(4), '-o', 'out.jsonl');
    const { stderr, code } = await place.map('failIfOdd', numbers(6), '-o', 'out.jsonl', '--resume');
    assert.match(stderr, /^2 inputs in .*, 1 failed, 4 had ended before, 2 of them failed/);
    assert.deepEqual([seqs(place.lines), code], [upTo(6), 3]);
  });

  it('goes on when the command was killed: each seq stands once in the output', async () => {
    const place = new Place();
    const args = ['map', `${functions}#square`, '-c', '8', '--joblog', 'run.log', '-o', 'out.jsonl'];
    const running = start(argsOf(args), { input: numbers(400), cwd: place.folder });
    await until(() => (statSync(place.log, { throwIfNoEntry: false })?.size ?? 0) > 4_000, 'some have ended');
    running.child.kill('SIGKILL');
    await running.ended;
    const { code } = await polyloop([...args, '--resume'], numbers(400), place.folder);
    assert.equal(code, 0);
    assert.deepEqual(seqs(place.lines), upTo(400));
    for (const { seq, value } of place.lines) assert.equal(value, seq ** 2);
  });

  it('cuts what was half written, in the log and in the output', async () => {
    const place = new Place();
    await place.map('shout', numbers(5), '-k', '-o', 'out.jsonl');
    const logBytes = statSync(place.log).size;
    const lastEnd = readFileSync(place.log, 'utf8').indexOf('{"type":"end"');
    truncateSync(place.log, lastEnd - 10);
    appendFileSync(place.output, '{"seq":6,"ok":tr');
    const { code } = await place.map('shout', numbers(5), '-k', '-o', 'out.jsonl', '--resume');
    assert.equal(code, 0);
    assert.deepEqual([seqs(place.lines), place.ended], [upTo(5), upTo(5)]);
    assert.ok(statSync(place.log).size > logBytes);
  });

  it('runs again what the log has and the output has lost', async () => {
    const place = new Place();
    await place.map('shout', numbers(5), '-k', '-o', 'out.jsonl');
    truncateSync(place.output, statSync(place.output).size - 60);
    await place.map('shout', numbers(5), '-k', '-o', 'out.jsonl', '--resume');
    assert.deepEqual([seqs(place.lines), place.ended], [upTo(5), upTo(5)]);
    rmSync(place.output);
    await place.map('shout', numbers(5), '-k', '-o', 'out.jsonl', '--resume');
    assert.deepEqual(seqs(place.lines), upTo(5));
  });

  it('refuses inputs that are not what they were, and names the first', async () => {
    const place = new Place();
    writeFileSync(join(place.folder, 'in.txt'), 'a\nb\nc\n');
    await place.map('shout', '', 'in.txt', '-o', 'out.jsonl');
    writeFileSync(join(place.folder, 'in.txt'), 'new\na\nb\nc\n');
    const begun = readFileSync(place.output, 'utf8');
    const refused = await place.map('shout', '', 'in.txt', '-o', 'out.jsonl', '--resume');
    assert.equal(
      refused.stderr,
      "polyloop: Input 1 (in.txt:1) is 'new', and was 'a' when run.log was written. Nothing is mixed: give the inputs as they were, find them wherever they are now with --match key, or start anew with --overwrite.\n",
    );
    assert.equal(refused.code, 255);
    assert.equal(readFileSync(place.output, 'utf8'), begun, 'nothing was run');
    const piped = await place.map('shout', 'a\nb\nx\n', '-o', 'out.jsonl', '--resume');
    assert.match(piped.stderr, /Input 3 \(stdin:3\) is 'x', and was 'c'/);
  });

  it('finds inputs that were moved with --match key, by what they are, each as often as it ended', async () => {
    const place = new Place();
    await place.map('shout', 'a\nb\na\n', '-k', '-o', 'out.jsonl');
    await place.map('shout', 'c\na\na\na\nb\n', '-k', '-o', 'out.jsonl', '--resume', '--match', 'key');
    assert.deepEqual(
      place.lines.map(({ seq, value }) => [seq, value]),
      [
        [1, 'A'],
        [2, 'B'],
        [3, 'A'],
        [4, 'C'],
        [5, 'A'],
      ],
    );
  });

  it('is refused with another output, another format, or where something has changed the output', async () => {
    const place = new Place();
    await place.map('shout', numbers(3), '-o', 'out.jsonl');
    const other = await place.map('shout', numbers(3), '-o', 'other.jsonl', '--resume');
    assert.match(other.stderr, /^polyloop: run\.log is of a run that wrote with -o out\.jsonl\. Do that again/);
    const stdout = await place.map('shout', numbers(3), '--resume');
    assert.match(stdout.stderr, /is of a run that wrote with -o out\.jsonl/);
    const raw = await place.map('shout', numbers(3), '-o', 'out.jsonl', '--raw', '--resume');
    assert.match(raw.stderr, /is of a run that wrote jsonl, not raw/);
    writeFileSync(place.output, readFileSync(place.output, 'utf8').replaceAll('\n', ' '));
    const changed = await place.map('shout', numbers(3), '-o', 'out.jsonl', '--resume');
    assert.match(changed.stderr, /out\.jsonl is not as run\.log has it; something else has changed it/);
  });

  it('says what is other than it was, and goes on', async () => {
    const place = new Place();
    await place.map('shout', numbers(3), '-o', 'out.jsonl');
    const { stderr, code } = await place.map('lengthOf', numbers(4), '-o', 'out.jsonl', '--resume', '--args', '1');
    assert.match(stderr, /^polyloop: Note that the function was .*#shout, and is .*#lengthOf\.$/m);
    assert.match(stderr, /^polyloop: Note that --args was other\.$/m);
    assert.equal(code, 0);
  });

  it('refuses what is no job log, and needs one', async () => {
    const place = new Place();
    writeFileSync(place.log, 'shopping list\nmilk\n');
    const none = await place.map('shout', 'a\n', '--resume');
    assert.equal(none.stderr, 'polyloop: run.log is no job log. Name another file with --joblog.\n');
    assert.equal(readFileSync(place.log, 'utf8'), 'shopping list\nmilk\n');
    const missing = await polyloop(['map', `${functions}#shout`, '--resume'], 'a\n', place.folder);
    assert.equal(missing.stderr, 'polyloop: --resume takes the --joblog of the run that is to go on.\n');
    const both = await place.map('shout', 'a\n', '--resume', '--overwrite');
    assert.match(both.stderr, /'--resume' cannot be used with option '--overwrite'/);
  });

  it('refuses a log with something else in its middle', async () => {
    const place = new Place();
    await place.map('shout', numbers(3));
    const [header = '', ...rest] = readFileSync(place.log, 'utf8').split('\n');
    writeFileSync(place.log, [header, 'garbage', ...rest].join('\n'));
    const { stderr } = await place.map('shout', numbers(3), '--resume');
    assert.match(stderr, /^polyloop: run\.log:2 is no line of a job log\./);
  });
});

describe('files of a run', () => {
  it('are refused where two of them are one, or one is an input', async () => {
    const place = new Place();
    writeFileSync(join(place.folder, 'in.txt'), 'a\n');
    symlinkSync(join(place.folder, 'in.txt'), join(place.folder, 'link'));
    for (const [args, name] of [
      [['in.txt', '-o', 'run.log'], 'run.log'],
      [['in.txt', '-o', 'link', '--overwrite'], 'link'],
      [['in.txt', '--report', './run.log'], './run.log'],
    ] as const) {
      const { stderr, code } = await place.map('shout', '', ...args);
      assert.equal(stderr, `polyloop: ${name} is asked for twice. Each file has a use of its own; name another.\n`);
      assert.equal(code, 255);
    }
    assert.equal(readFileSync(join(place.folder, 'in.txt'), 'utf8'), 'a\n');
  });

  it('may be cut in the first line of the log: then nothing has begun', async () => {
    const place = new Place();
    writeFileSync(place.log, '{"type":"run","form');
    const { code } = await place.map('shout', 'a\n', '-o', 'out.jsonl', '--resume');
    assert.deepEqual([code, place.ended], [0, [1]]);
  });
});

describe('what failed', () => {
  const env = (place: Place): string[] => {
    writeFileSync(join(place.folder, 'run.env'), `MENDED_FILE=${join(place.folder, 'mended')}\n`);
    return ['--env-file', join(place.folder, 'run.env'), '-o', 'out.jsonl', '-k'];
  };
  const mend = (place: Place): void => writeFileSync(join(place.folder, 'mended'), '');

  it('runs again with --resume-failed, beside what has not ended', async () => {
    const place = new Place();
    await place.map('failOddUntilMended', numbers(4), ...env(place));
    mend(place);
    const { code, stderr } = await place.map('failOddUntilMended', numbers(6), ...env(place), '--resume-failed');
    assert.deepEqual([code, seqs(place.lines)], [0, upTo(6)]);
    assert.ok(place.lines.every(({ ok }) => ok));
    assert.match(stderr, /^4 inputs in .*, all done, 2 had ended before/);
  });

  it('runs again with --retry-failed, and nothing else', async () => {
    const place = new Place();
    await place.map('failOddUntilMended', numbers(4), ...env(place));
    mend(place);
    await place.map('failOddUntilMended', numbers(6), ...env(place), '--retry-failed');
    assert.deepEqual(seqs(place.lines), upTo(4));
    assert.ok(place.lines.every(({ ok }) => ok));
  });

  it('runs again as long as it fails, and stands once in the output', async () => {
    const place = new Place();
    for (const flag of ['--resume', '--retry-failed', '--retry-failed', '--resume-failed']) {
      const { code } = await place.map('failOddUntilMended', numbers(5), ...env(place), flag);
      assert.deepEqual([code, seqs(place.lines)], [3, upTo(5)]);
    }
    mend(place);
    await place.map('failOddUntilMended', numbers(5), ...env(place), '--retry-failed');
    assert.deepEqual([seqs(place.lines), place.lines.every(({ ok }) => ok)], [upTo(5), true]);
  });

  it('runs again in a later run where the one that took its record away was killed, wherever that was', async () => {
    const place = new Place();
    await place.map('failOddUntilMended', numbers(5), ...env(place));
    mend(place);
    // As it is when the new output was written and not put in place yet.
    writeFileSync(
      `${place.output}.polyloop-rewritten`,
      place.lines
        .filter(({ ok }) => ok)
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(''),
    );
    const bytes = statSync(`${place.output}.polyloop-rewritten`).size;
    const before = readFileSync(place.log, 'utf8');
    renameSync(`${place.output}.polyloop-rewritten`, join(place.folder, 'kept'));
    for (const isAnnounced of [false, true]) {
      writeFileSync(place.log, isAnnounced ? `${before}{"type":"rewritten","bytes":${bytes}}\n` : before);
      writeFileSync(`${place.output}.polyloop-rewritten`, readFileSync(join(place.folder, 'kept')));
      const { code } = await place.map('failOddUntilMended', numbers(5), ...env(place), '--resume-failed');
      assert.equal(code, 0);
      assert.deepEqual([seqs(place.lines), place.lines.every(({ ok }) => ok)], [upTo(5), true]);
      // Back to where it was, for the other round.
      rmSync(place.log);
      rmSync(place.output);
      rmSync(join(place.folder, 'mended'));
      await place.map('failOddUntilMended', numbers(5), ...env(place));
      mend(place);
    }
  });

  it('is written to stdout again where there is no output file', async () => {
    const place = new Place();
    writeFileSync(join(place.folder, 'run.env'), `MENDED_FILE=${join(place.folder, 'mended')}\n`);
    const flags = ['--env-file', join(place.folder, 'run.env'), '-k'];
    await place.map('failOddUntilMended', numbers(3), ...flags);
    mend(place);
    const { stdout } = await place.map('failOddUntilMended', numbers(3), ...flags, '--retry-failed');
    assert.deepEqual(
      (jsonLines(stdout) as Line[]).map(({ seq, ok }) => [seq, ok]),
      [
        [1, true],
        [3, true],
      ],
    );
    const { stdout: nothing } = await place.map('failOddUntilMended', numbers(3), ...flags, '--retry-failed');
    assert.equal(nothing, '');
  });
});
