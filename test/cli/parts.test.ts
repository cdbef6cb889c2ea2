// Runs over a part of the inputs, and over many at a time: --limit, --shard and --batch.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { countIn, hasHash, hasPlace, shardOf } from '../../src/cli/shard.ts';
import { functions, linesOf, numbers, polyloop } from '../support/command.ts';
import { newFolder } from '../support/files.ts';
import { Place, seqs, upTo } from '../support/place.ts';

describe('--limit', () => {
  it('ends after so many inputs, and each run that goes on does so many more', async () => {
    const place = new Place();
    const map = (...flags: string[]) => place.map('shout', numbers(10), '-o', 'out.jsonl', '--limit', '4', ...flags);
    const first = await map();
    assert.deepEqual([first.code, seqs(place.lines)], [0, upTo(4)]);
    assert.match(first.stderr, /^polyloop: Ended at --limit 4\. Go on with: .*main\.ts map --resume /m);
    assert.match(first.stderr, /^4 inputs in .*, none failed, stopped early/m);
    await map('--resume');
    assert.deepEqual(seqs(place.lines), upTo(8));
    const last = await map('--resume');
    assert.deepEqual([last.code, seqs(place.lines)], [0, upTo(10)]);
    assert.match(last.stderr, /^2 inputs in .*, all done, 8 had ended before/m);
  });

  it('does not wait for inputs behind it', async () => {
    const { code, stdout } = await polyloop(
      ['map', functions, '--limit', '1', '--kind', 'inline'],
      'a\nb\n',
      newFolder(),
    );
    assert.deepEqual([code, seqs(linesOf(stdout))], [0, [1]]);
  });

  it('counts what is run, also where failures run again', async () => {
    const place = new Place();
    await place.map('failIfOdd', numbers(8), '-o', 'out.jsonl');
    const again = await place.map('failIfOdd', numbers(8), '-o', 'out.jsonl', '--retry-failed', '--limit', '2');
    assert.equal(again.code, 2);
    assert.deepEqual(seqs(place.lines), [1, 2, 3, 4, 6, 8]);
    await place.map('shout', numbers(8), '-o', 'out.jsonl', '--resume');
    assert.deepEqual(seqs(place.lines), upTo(8), 'those that it did not come to run later');
  });
});

describe('--shard', () => {
  const files = (): string => {
    const folder = newFolder();
    writeFileSync(join(folder, 'in.txt'), numbers(20));
    return folder;
  };

  it('divides the inputs: each is in one part, with the seq that it has among all', async () => {
    const folder = files();
    for (const flags of [[], ['--match', 'key']]) {
      const all: number[] = [];
      for (const part of ['1/3', '2/3', '3/3']) {
        const { stdout } = await polyloop(['map', functions, '--shard', part, 'in.txt', ...flags], '', folder);
        const found = seqs(linesOf(stdout));
        assert.ok(found.length > 0 && found.length < 20);
        all.push(...found);
      }
      assert.deepEqual(
        all.toSorted((one, other) => one - other),
        upTo(20),
        flags.join(' '),
      );
    }
  });

  it('has the same inputs when it goes on', async () => {
    const place = new Place();
    const map = (...flags: string[]) => place.map('shout', numbers(20), '-o', 'out.jsonl', '--shard', '2/4', ...flags);
    await map('--limit', '2');
    assert.deepEqual(seqs(place.lines), [2, 6]);
    const rest = await map('--resume', '--total', '20');
    assert.deepEqual([rest.code, seqs(place.lines)], [0, [2, 6, 10, 14, 18]]);
  });

  it('has the same inputs wherever they stand, where they are found by what they are', () => {
    const part = shardOf('2/8');
    assert.equal(hasHash(part, 'ffffffffffffffff'), hasHash(part, 'ffffffffffffffff'));
    for (let at = 0; at < 200; at++) {
      const hash = ((BigInt(at) * 0x9e3779b97f4a7c15n) % 2n ** 64n).toString(16).padStart(16, '0');
      const found = upTo(8).filter((number) => hasHash({ number, of: 8 }, hash));
      assert.equal(found.length, 1);
    }
  });

  it('counts how many it has of so many', () => {
    for (let total = 0; total < 30; total++) {
      for (const number of [1, 2, 7])
        assert.equal(
          countIn({ number, of: 7 }, total),
          upTo(total).filter((seq) => hasPlace({ number, of: 7 }, seq)).length,
        );
    }
  });

  it('takes a part of a whole', () => {
    assert.deepEqual(shardOf('8/8'), { number: 8, of: 8 });
    for (const written of ['0/8', '9/8', '1', '1/0', '-1/2', 'a/b', '1/2/3']) {
      assert.throws(() => shardOf(written), /It takes which part of how many/, written);
    }
  });

  it('leaves bad inputs to the part that has them', async () => {
    const text = '1\nnone\n3\n4\n';
    const map = (part: string) => polyloop(['map', functions, '--input', 'jsonl', '--shard', part], text, newFolder());
    const [odd, even] = [await map('1/2'), await map('2/2')];
    assert.deepEqual([odd.code, even.code], [0, 255]);
    assert.match(even.stderr, /stdin:2 is not JSON/);
  });
});

describe('--batch', () => {
  it('calls the function with lists, the last of which may be shorter; seq counts those', async () => {
    const { stdout } = await polyloop(['map', functions, '--batch', '3', '-k'], numbers(7), newFolder());
    assert.deepEqual(
      linesOf(stdout).map(({ seq, value }) => [seq, value]),
      [
        [1, ['1', '2', '3']],
        [2, ['4', '5', '6']],
        [3, ['7']],
      ],
    );
  });

  for (const kind of ['process', 'thread', 'inline']) {
    it(`logs, goes on and runs failures again by batch over ${kind}`, async () => {
      const place = new Place();
      const map = (fn: string, ...flags: string[]) =>
        place.map(fn, numbers(10), '-o', 'out.jsonl', '--batch', '4', '--kind', kind, '-j1', ...flags);
      const failed = await map('failIfSix', '--limit', '2');
      assert.equal(failed.code, 1, failed.stderr);
      await map('failIfSix', '--resume');
      assert.deepEqual(
        place.lines.map(({ seq, ok }) => [seq, ok]).toSorted(([one], [other]) => Number(one) - Number(other)),
        [
          [1, true],
          [2, false],
          [3, true],
        ],
      );
      const again = await map('default', '--retry-failed');
      assert.equal(again.code, 0, again.stderr);
      assert.deepEqual(place.lines.find(({ seq }) => seq === 2)?.value, ['5', '6', '7', '8']);
      assert.deepEqual(seqs(place.lines), upTo(3));
    });
  }

  it('is refused with another size over the log of a run, or without it', async () => {
    const place = new Place();
    await place.map('default', numbers(4), '-o', 'out.jsonl', '--batch', '2');
    for (const flags of [['--batch', '3'], []]) {
      const { code, stderr } = await place.map('default', numbers(4), '-o', 'out.jsonl', '--resume', ...flags);
      assert.equal(code, 255);
      assert.match(stderr, /run\.log is of a run with --batch 2\. Do that again/);
    }
    assert.equal(place.lines.length, 2);
  });

  it('ends before a bad input, which counts by itself', async () => {
    const text = '1\n2\nnone\n4\n5\n6\n';
    const map = (how: string) =>
      polyloop(['map', functions, '--input', 'jsonl', '--batch', '2', '-k', '--bad-input', how], text, newFolder());
    const skipped = linesOf((await map('skip')).stdout).map(({ seq, value }) => [seq, value]);
    assert.deepEqual(skipped, [
      [1, [1, 2]],
      [3, [4, 5]],
      [4, [6]],
    ]);
    const recorded = linesOf((await map('record')).stdout).map(({ seq, ok }) => [seq, ok]);
    assert.deepEqual(recorded, [
      [1, true],
      [2, false],
      [3, true],
      [4, true],
    ]);
    const failed = await map('fail');
    assert.deepEqual([failed.code, seqs(linesOf(failed.stdout))], [255, [1]]);
  });

  it('is in shards as a whole, and has rows and values as they are otherwise', async () => {
    const text = 'n\n1\n2\n3\n4\n5\n';
    const { stdout } = await polyloop(
      ['map', functions, '--input', 'csv', '--batch', '2', '--shard', '2/2'],
      text,
      newFolder(),
    );
    assert.deepEqual(
      linesOf(stdout).map(({ seq, value }) => [seq, value]),
      [[2, [{ n: '3' }, { n: '4' }]]],
    );
  });
});
