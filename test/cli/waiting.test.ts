// Results that wait for their turn, with -k: in how much memory, and what becomes of them when the program is killed.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { before, describe, it } from 'node:test';
import { setTimeout as sleepFor } from 'node:timers/promises';

import type { Stretch, Waited } from '../../src/cli/waiting/frames.ts';
import { Spill } from '../../src/cli/waiting/spill.ts';
import { argsOf, functions, jsonLines, numbers } from '../support/command.ts';
import { linesOf, newFolder, readText } from '../support/files.ts';
import { upTo } from '../support/place.ts';
import { until } from '../support/pools.ts';
import { run, start, type Ended, type Running } from '../support/programs.ts';
import { isWholeRun } from '../support/shares.ts';

const inputs = 200;

/** A folder for runs whose first input is held back until {@link Held.letGo}, or never was. */
class Held {
  readonly folder = newFolder();
  readonly output = join(this.folder, 'out.jsonl');
  readonly log = join(this.folder, 'run.log');
  waiting = join(this.folder, 'out.jsonl.polyloop-waiting');
  fn = 'holdFirst';
  kind = 'inline';
  flags: readonly string[] = ['-o', 'out.jsonl'];

  letGo(): void {
    writeFileSync(join(this.folder, 'gate'), '');
  }

  start(...args: string[]): Running {
    return start(this.#argsOf(args), this.#options);
  }

  run(...args: string[]): Promise<Ended> {
    return run(this.#argsOf(args), this.#options);
  }

  /** By a shell that has set limits. */
  async runWithin(limits: string, ...args: string[]): Promise<Pick<Ended, 'code' | 'stderr'>> {
    const { input, cwd, env } = this.#options ?? {};
    const script = `${limits}; exec "$0" "$@"`;
    const child = spawn('bash', ['-c', script, process.execPath, ...this.#argsOf(args)], {
      cwd,
      env: { ...process.env, NODE_TEST_CONTEXT: undefined, ...env },
    });
    child.stdin.end(input);
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, stderr };
  }

  get begun(): number[] {
    return linesOf(join(this.folder, 'begun')).map(Number);
  }

  /** How many results are in the file. */
  get inFile(): number {
    return readText(this.waiting).match(/"entry":\{"seq":\d+/g)?.length ?? 0;
  }

  /** What was called since the folder was as it is in `other`. */
  begunSince({ begun }: Held): number[] {
    return this.begun.slice(begun.length).toSorted((one, other) => one - other);
  }

  /** The values, in the order in which they stand there. */
  get values(): string[] {
    return readFileSync(this.output, 'utf8').match(/\d+ is fine/g) ?? [];
  }

  get logged(): number[] {
    return (jsonLines(readFileSync(this.log, 'utf8')) as { seq?: number }[]).flatMap(({ seq }) => seq ?? []);
  }

  copy(): Held {
    const held = new Held();
    cpSync(this.folder, held.folder, { recursive: true });
    held.fn = this.fn;
    held.flags = this.flags;
    if (this.waiting.includes('run.log')) held.waiting = `${held.log}.polyloop-waiting`;
    return held;
  }

  /** All that ended behind the first waits, and the program was killed. */
  async kill(count = inputs - 1): Promise<void> {
    const begun = this.begun.length;
    const running = this.start('--resume');
    await until(
      () => this.inFile === count && this.begun.length > begun,
      () => `${count} wait in the file, and not ${this.inFile}`,
    );
    running.child.kill('SIGKILL');
    await running.ended;
  }

  #argsOf(args: readonly string[]): string[] {
    const map = ['map', `${functions}#${this.fn}`, '--kind', this.kind, '-k', '-q', '--joblog', 'run.log'];
    return argsOf([...map, ...this.flags, ...args]);
  }

  get #options(): Parameters<typeof start>[1] {
    const env = {
      BEGUN_FILE: join(this.folder, 'begun'),
      GATE_FILE: join(this.folder, 'gate'),
      MENDED_FILE: join(this.folder, 'mended'),
      LENGTH: '20000',
    };
    return { input: numbers(inputs), cwd: this.folder, env };
  }
}

const allFine = upTo(inputs).map((n) => `${n} is fine`);

function assertWhole(held: Held, ended: Ended): void {
  assert.deepEqual([ended.code, ended.stderr], [0, '']);
  assert.deepEqual(held.values, allFine);
  assert.deepEqual(held.logged, upTo(inputs), 'the log has each once');
  assert.equal(existsSync(held.waiting), false, 'nothing waits any more');
}

describe('a run with -k that was killed while one input held back all others', { concurrency: 2 }, () => {
  const killed = new Held();
  before(async () => {
    await killed.kill();
  });

  it('goes on: what had ended is not called again, and all is as if nothing had been', async () => {
    const held = killed.copy();
    assert.equal(readText(held.output), '');
    assert.equal(statSync(held.waiting).mode & 0o777, 0o600);
    held.letGo();
    assertWhole(held, await held.run('--resume'));
    assert.deepEqual(held.begunSince(killed), [1]);
    const lines = jsonLines(readFileSync(held.output, 'utf8')) as { seq: number }[];
    assert.deepEqual(
      lines.map(({ seq }) => seq),
      upTo(inputs),
    );
    const [header, ...entries] = jsonLines(readFileSync(held.log, 'utf8')) as {
      at: number;
      seq?: number;
      ranIn?: number;
    }[];
    const calledBefore = entries.filter(({ ranIn }) => ranIn === header?.at);
    assert.deepEqual(
      calledBefore.map(({ seq }) => seq),
      upTo(inputs).slice(1),
      'the log says which run has called the function',
    );
  });

  it('goes on though it is killed again, and though it is stopped by a signal', async () => {
    const held = killed.copy();
    await held.kill();
    assert.deepEqual(held.begunSince(killed), [1]);
    const running = held.start('--resume', '--grace', '10ms');
    await until(() => held.begunSince(killed).length === 2, 'the first is called');
    running.child.kill('SIGINT');
    await until(() => running.stderr().includes('SIGINT'), 'it drains');
    // Signals that come sooner after one another are one.
    await sleepFor(350);
    running.child.kill('SIGINT');
    const { code, stderr } = await running.ended;
    assert.equal(code, 130);
    assert.match(stderr, /199 results wait for their turn in .*out\.jsonl\.polyloop-waiting; --resume takes them up/);
    assert.equal(readText(held.output), '', 'nothing is out of order');
    held.letGo();
    assertWhole(held, await held.run('--resume'));
    assert.deepEqual(held.begunSince(killed), [1, 1, 1]);
  });

  it('goes on where the last result was cut off: its input is called again', async () => {
    const held = killed.copy();
    truncateSync(held.waiting, statSync(held.waiting).size - 5);
    held.letGo();
    assertWhole(held, await held.run('--resume'));
    const [first, ...others] = held.begunSince(killed);
    assert.deepEqual([first, others.length], [1, 1]);
  });

  it('goes on where a result was changed, and says so: its input is called again', async () => {
    const held = killed.copy();
    const bytes = readFileSync(held.waiting);
    bytes.write('X', bytes.indexOf('100 is fine'));
    writeFileSync(held.waiting, bytes);
    held.letGo();
    const { stderr, ...ended } = await held.run('--resume');
    assert.match(
      stderr,
      /^polyloop: Note that .*-waiting was changed by something else; what is lost of it runs again\.\n$/,
    );
    assertWhole(held, { ...ended, stderr: '' });
    assert.deepEqual(held.begunSince(killed), [1, 100]);
  });

  it('is not mixed with another: what waits is refused behind another log, and lost with --overwrite alone', async () => {
    const held = killed.copy();
    const parts = [held.waiting, held.log, held.output];
    const refusal = async (says: RegExp, ...args: string[]): Promise<void> => {
      const there = parts.map(readText);
      const { code, stderr } = await held.run(...args);
      assert.equal(code, 255);
      assert.match(stderr, says);
      assert.deepEqual(parts.map(readText), there, 'nothing was touched');
    };
    await refusal(/has 199 results that wait for their turn.*--resume.*--overwrite/, '--append');
    await refusal(/is asked for twice/, '--resume', 'out.jsonl.polyloop-waiting');
    const log = readText(held.log);
    writeFileSync(held.log, log.replace(/"at":\d+/, '"at":1'));
    await refusal(/has results of another run than run\.log/, '--resume');
    rmSync(held.log);
    await refusal(/has 199 results that wait for their turn/, '--resume');
    held.letGo();
    assertWhole(held, await held.run('--overwrite'));
    assert.deepEqual(held.begunSince(killed), upTo(inputs));
  });

  it('is refused where a link stands in the place of the file', async () => {
    const held = killed.copy();
    const elsewhere = join(held.folder, 'elsewhere');
    cpSync(held.waiting, elsewhere);
    rmSync(held.waiting);
    symlinkSync('elsewhere', held.waiting);
    const { code, stderr } = await held.run('--resume');
    assert.equal(code, 255);
    assert.match(stderr, /has no results of polyloop that wait, and would be written over/);
    assert.deepEqual(readFileSync(elsewhere), readFileSync(killed.waiting));
  });
});

describe('what waits', { concurrency: 2 }, () => {
  it('failed again where failures run again, and is as it was otherwise', async () => {
    const held = new Held();
    held.fn = 'failFourth';
    held.flags = ['-o', 'out.jsonl', '--errors', 'failed.txt'];
    await held.kill();
    writeFileSync(join(held.folder, 'mended'), '');
    const kept = held.copy();
    held.letGo();
    const begun = held.copy();
    assertWhole(held, await held.run('--resume-failed'));
    assert.deepEqual(held.begunSince(begun), [1, 4]);
    assert.equal(readText(join(held.folder, 'failed.txt')), '');
    kept.letGo();
    const { code } = await kept.run('--resume');
    assert.deepEqual([code, kept.logged], [1, upTo(inputs)], 'it counts as what had ended before');
    assert.deepEqual(kept.values, allFine.toSpliced(3, 1));
    assert.equal(readText(join(kept.folder, 'failed.txt')), '4\n');
  });

  it('is beside the log where records go to stdout, and in rows of CSV behind one header', async () => {
    const held = new Held();
    held.waiting = `${held.log}.polyloop-waiting`;
    held.flags = ['--csv', '--columns', 'value'];
    await held.kill();
    const raw = held.copy();
    raw.flags = ['--raw'];
    assert.match((await raw.run('--resume')).stderr, /has results as csv, not raw/);
    held.letGo();
    const { stdout, code } = await held.run('--resume');
    assert.equal(code, 0);
    assert.deepEqual(stdout.trimEnd().split('\n'), ['seq,value', ...allFine.map((value, at) => `${at + 1},${value}`)]);
    assert.deepEqual([held.logged, existsSync(held.waiting)], [upTo(inputs), false]);
  });

  it('is handed over as its inputs come where a run goes on without -k, and where they are found by what they are', async () => {
    const held = new Held();
    await held.kill();
    held.letGo();
    const args = ['map', `${functions}#holdFirst`, '--kind', 'inline', '-q', '--joblog', 'run.log', '-o', 'out.jsonl'];
    const input = upTo(inputs).toReversed().join('\n');
    const { code, stderr } = await run(argsOf([...args, '--resume', '--match', 'key']), {
      input,
      cwd: held.folder,
      env: { GATE_FILE: join(held.folder, 'gate'), BEGUN_FILE: join(held.folder, 'again') },
    });
    assert.deepEqual([code, stderr], [0, '']);
    assert.deepEqual(linesOf(join(held.folder, 'again')), ['1']);
    assert.deepEqual(held.values.toSorted(), allFine.toSorted());
    assert.equal(existsSync(held.waiting), false);
  });

  it('ends the run where there is no room for it, and the run goes on later', async () => {
    const held = new Held();
    held.fn = 'holdFirstOfLong';
    held.kind = 'process';
    // No file can be longer than a megabyte.
    const { code, stderr } = await held.runWithin('ulimit -f 1000', '--resume', '--grace', '10ms');
    assert.equal(code, 255, stderr);
    assert.match(
      stderr,
      /^polyloop: Cannot use .*-waiting, where results wait for their turn: EFBIG.* Of what waited, \d+ results are lost; with --resume their inputs run again\.$/m,
    );
    assert.equal(readText(held.output), '');
    // The last was cut off.
    const left = held.inFile - 1;
    const full = held.copy();
    held.letGo();
    assertWhole(held, await held.run('--resume'));
    assert.equal(held.begunSince(full).length, inputs - left, 'what found room is not called again');
  });

  const sizes = [
    ['jsonl', [], 600],
    ['raw', ['--raw'], isWholeRun ? 600 : 60],
    ['csv', ['--csv', '--columns', 'value'], isWholeRun ? 600 : 60],
  ] as const;
  for (const [format, flags, count] of sizes) {
    it(`takes little memory, and comes in order: ${count} values of 1 MB, ${format}`, async () => {
      const folder = newFolder();
      const [begun, gate, peak] = ['begun', 'gate', 'peak'].map((name) => join(folder, name)) as [
        string,
        string,
        string,
      ];
      const map = ['map', `${functions}#holdFirstOfLong`, '--kind', 'inline', '-c', '8', '-k', '-q', ...flags];
      const note = `import { writeFileSync as w } from 'node:fs'; process.on('exit', () => w(${JSON.stringify(peak)}, String(process.resourceUsage().maxRSS)));`;
      const child = spawn(
        process.execPath,
        ['--import', `data:text/javascript,${encodeURIComponent(note)}`, ...argsOf(map)],
        {
          env: { ...process.env, NODE_TEST_CONTEXT: undefined, BEGUN_FILE: begun, GATE_FILE: gate, LENGTH: '1000000' },
          stdio: ['pipe', 'pipe', 'inherit'],
        },
      );
      child.stdin.end(numbers(count));
      const order: number[] = [];
      createInterface({ input: child.stdout }).on('line', (line) => {
        const [, n] = /(\d+) is fine/.exec(line) ?? [];
        if (n !== undefined) order.push(Number(n));
      });
      const ended = once(child, 'close');
      await until(() => linesOf(begun).length === count, 'all have begun', 30_000);
      writeFileSync(gate, '');
      assert.deepEqual(await ended, [0, null]);
      assert.deepEqual(order, upTo(count));
      assert.ok(Number(readText(peak)) < 400_000, `${readText(peak)} kB`);
    });
  }
});

it('what had its turn leaves the file when that is most of it, and nothing else does', async () => {
  const name = join(newFolder(), 'waiting');
  let flushed = 0;
  const spill = new Spill({
    name,
    besides: undefined,
    header: { polyloop: 'waiting', format: 1, at: 1, pid: 1, records: 'raw' },
    ranIn: 1,
    fsync: 'never',
    handedOver: async () => ++flushed > 0,
  });
  const result = (seq: number): Waited => ({
    records: `${seq}`.padEnd(1e6, '.'),
    entry: undefined,
    failed: `${seq} ü`,
  });
  const places: Stretch[] = [];
  for (let seq = 0; seq < 75; seq++) places.push(...(await spill.append([result(seq)], undefined)));
  assert.equal(statSync(name).size > 75e6, true);
  const kept = [3, 50, 74];
  for (const [seq, place] of places.entries()) if (!kept.includes(seq)) spill.release(place);
  places.push(...(await spill.append([result(75)], undefined)));
  assert.deepEqual([flushed, Math.round(statSync(name).size / 1e6)], [1, 4], 'what had its turn was handed over first');
  for (const seq of [...kept, 75]) assert.deepEqual(await spill.read(places[seq] as Stretch), result(seq));
  await spill.close(true);
  assert.equal(existsSync(name), false);
});
