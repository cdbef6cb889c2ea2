// Outputs and logs that something else has changed between two runs: nothing is cut, written anew or run before all fits together.
import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { numbers } from '../support/command.ts';
import { Place } from '../support/place.ts';

const formats: readonly (readonly string[])[] = [[], ['--raw'], ['--csv']];
const ways = ['--resume', '--resume-failed', '--retry-failed'];

/** Its log as a run leaves it that was killed. */
function killed(place: Place): void {
  const log = readFileSync(place.log, 'utf8');
  writeFileSync(place.log, log.slice(0, log.lastIndexOf('{"type":"end"')));
}

async function refusal(place: Place, fn: string, ...args: string[]): Promise<string> {
  const before = [readFileSync(place.output, 'utf8'), readFileSync(place.log, 'utf8')];
  const { code, stderr, stdout } = await place.map(fn, numbers(6), '-o', 'out.jsonl', ...args);
  assert.deepEqual([code, stdout], [255, ''], stderr);
  assert.deepEqual(
    [readFileSync(place.output, 'utf8'), readFileSync(place.log, 'utf8')],
    before,
    'nothing was touched',
  );
  return stderr;
}

const changes: readonly (readonly [what: string, change: (lines: string[]) => string[], line: number])[] = [
  ['was sorted', (lines) => lines.toReversed(), 1],
  ['has lost a line', (lines) => lines.toSpliced(2, 1), 3],
  ['has one line more', (lines) => lines.toSpliced(2, 0, 'new'), 3],
  ['has a line twice', (lines) => [...lines, lines.at(-1) ?? ''], 7],
  ['has another value in a line', (lines) => lines.with(3, (lines[3] ?? '').replace(/[A-Z]\w*|\d/, '')), 4],
];

describe('an output that something else has changed', { concurrency: 2 }, () => {
  for (const [at, format] of formats.entries()) {
    for (const [number, [what, change, line]] of changes.entries()) {
      const way = ways[(at + number) % 3] ?? '';
      it(`is refused where it ${what}, and the line is named: ${['-o', ...format, way].join(' ')}`, async () => {
        const place = new Place();
        const fn = format[0] === '--csv' ? 'lengthOf' : 'shout';
        await place.map(fn, numbers(6), '-k', '-o', 'out.jsonl', ...format);
        const lines = readFileSync(place.output, 'utf8').trimEnd().split('\n');
        const changed = `${change(lines).join('\n')}\n`;
        writeFileSync(place.output, changed);
        const stderr = await refusal(place, fn, '-k', ...format, way);
        assert.match(stderr, /out\.jsonl is not as run\.log has it; something else has changed it: see line \d+/);
        if (format.length === 0) assert.ok(stderr.includes(`see line ${line},`), stderr);
        assert.match(stderr, /Nothing was touched/);
      });
    }
  }

  it('is refused before the inputs that have failed leave it, where the inputs are other ones', async () => {
    const place = new Place();
    writeFileSync(join(place.folder, 'in.txt'), numbers(6));
    await place.map('failIfOdd', '', 'in.txt', '-o', 'out.jsonl');
    writeFileSync(join(place.folder, 'in.txt'), `new\n${numbers(6)}`);
    assert.match(await refusal(place, 'failIfOdd', 'in.txt', '--retry-failed'), /Input 1 .* is 'new', and was '1'/);
  });
});

describe('what follows the last record of a run that was killed', { concurrency: 2 }, () => {
  for (const [format, foreign] of [
    [[], 'a note of mine\n'],
    [[], '{"seq":2,"ok":true,"value":"another run"}\n'],
    [['--raw'], 'a note of mine\n'],
    [['--csv'], 'another,run\n'],
  ] as const) {
    it(`is refused where it is ${JSON.stringify(foreign)}: ${['-o', ...format].join(' ')}`, async () => {
      const place = new Place();
      const fn = format.length > 0 && format[0] === '--csv' ? 'lengthOf' : 'shout';
      await place.map(fn, numbers(4), '-k', '-o', 'out.jsonl', ...format);
      killed(place);
      appendFileSync(place.output, foreign);
      assert.match(await refusal(place, fn, '-k', ...format, '--resume'), /which is more than was written there/);
    });
  }

  it('is refused where another run has written it, before the first wrote anything', async () => {
    const place = new Place();
    await place.map('shout', numbers(4), '-o', 'out.jsonl');
    const log = readFileSync(place.log, 'utf8');
    writeFileSync(place.log, log.slice(0, log.indexOf('\n') + 1));
    assert.match(await refusal(place, 'shout', '--resume'), /which is more than was written there/);
  });

  for (const format of formats) {
    for (const part of [0.5, 1]) {
      it(`is cut where it is its own, of which ${part} was written: ${['-o', ...format].join(' ')}`, async () => {
        const place = new Place();
        const fn = format[0] === '--csv' ? 'lengthOf' : 'shout';
        await place.map(fn, numbers(6), '-k', '-o', 'out.jsonl', ...format);
        const whole = readFileSync(place.output, 'utf8');
        const log = readFileSync(place.log, 'utf8');
        // It was killed when the last batch was written, or some of it, and the log knew only that it would be.
        const at = log.lastIndexOf('{"type":"writing"');
        const end = log.indexOf('\n', at) + 1;
        writeFileSync(place.log, log.slice(0, end));
        const { bytes } = JSON.parse(log.slice(at, end)) as { bytes: number };
        writeFileSync(place.output, whole.slice(0, whole.length - Math.floor(bytes * (1 - part))));
        const { code, stderr } = await place.map(fn, numbers(6), '-k', '-o', 'out.jsonl', ...format, '--resume');
        assert.equal(code, 0, stderr);
        const times = /"ms":[\d.]+/g;
        assert.equal(readFileSync(place.output, 'utf8').replaceAll(times, ''), whole.replaceAll(times, ''));
      });
    }
  }
});

describe('a log of an earlier polyloop, without checksums', () => {
  it('is gone on with where each record is that of its input, and refused where one is not', async () => {
    const place = new Place();
    await place.map('shout', numbers(6), '-k', '-o', 'out.jsonl');
    const old = readFileSync(place.log, 'utf8')
      .replaceAll(/,"sum":"\w+"|,"announces":true/g, '')
      .replaceAll(/\{"type":"writing".*\n/g, '');
    writeFileSync(place.log, old);
    const { code } = await place.map('shout', numbers(6), '-k', '-o', 'out.jsonl', '--resume');
    assert.equal(code, 0);
    const lines = readFileSync(place.output, 'utf8').trimEnd().split('\n');
    writeFileSync(place.output, `${lines.toReversed().join('\n')}\n`);
    assert.match(await refusal(place, 'shout', '-k', '--resume'), /see line 1, where the record of input 1 should be/);
  });
});
