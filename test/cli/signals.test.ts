// The command when it is signalled, as shells, terminals and service managers do, and when it is to halt.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleepFor } from 'node:timers/promises';

import { argsOf, functions, linesOf, numbers, polyloop } from '../support/command.ts';
import { linesOf as linesInFile, newFolder } from '../support/files.ts';
import { children, isAlive, stateOf, until, watch } from '../support/pools.ts';
import { start, type Running } from '../support/programs.ts';
import { noTerminal, Terminal } from '../support/terminal.ts';

watch();

interface Begun extends Running {
  readonly folder: string;
  /** Inputs that have begun. */
  begun(): string[];
}

function begin(fn: string, input: string, args: readonly string[] = []): Begun {
  const folder = newFolder();
  const file = join(folder, 'begun');
  const running = start(argsOf(['map', `${functions}#${fn}`, ...args]), {
    input,
    cwd: folder,
    env: { BEGUN_FILE: file },
  });
  return { ...running, folder, begun: () => linesInFile(file) };
}

/** Signals that come sooner after one another are one. */
const apart = (): Promise<void> => sleepFor(350);

describe('the first SIGINT, SIGTERM or SIGHUP', () => {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    it(`lets what runs end, begins nothing more, and tells how to go on: ${signal}`, async () => {
      const args = ['-c', '4', '-o', 'out.jsonl', '--joblog', 'run.log'];
      const running = begin('sleepDeaf', '500\n'.repeat(200), args);
      await until(() => running.begun().length >= 4, 'it is at work');
      running.child.kill(signal);
      const ended = await running.ended;
      assert.equal(ended.code, code);
      const done = linesOf(readFileSync(join(running.folder, 'out.jsonl'), 'utf8'));
      assert.equal(done.length, running.begun().length, 'what had begun has ended');
      assert.ok(done.length <= 8, `${done.length} of 200 had begun`);
      assert.ok(done.every(({ ok }) => ok));
      const goOn =
        /^polyloop: SIG\w+: waiting for \d+ in flight; once more ends them\. Go on with: \S*node \S+main\.ts (.*)$/m;
      const [, hint = ''] = goOn.exec(ended.stderr) ?? [];
      assert.equal(hint, `map --resume -j 1 ${functions}#sleepDeaf -c 4 -o out.jsonl --joblog run.log`);
    });
  }

  it('is not kept waiting by what waits for its rate, or for another try', async () => {
    const rated = begin('sleepDeaf', '1\n'.repeat(50), ['--rate', '2/h']);
    await until(() => rated.begun().length > 0, 'it is at work');
    rated.child.kill('SIGINT');
    const { code, ms } = await rated.ended;
    assert.equal(code, 130);
    assert.ok(ms < 15_000);
    const failing = begin('failNoting', '1\n', ['--retries', '3', '--backoff', '1h']);
    await until(() => failing.begun().length === 1, 'it has failed once');
    await until(async () => (await tells(failing)).includes('0 inputs in flight'), 'it waits for its next try');
    failing.child.kill('SIGINT');
    assert.equal((await failing.ended).code, 130);
  });

  it('is not kept waiting by an input that does not come', async () => {
    const folder = newFolder();
    const running = start(argsOf(['map', `${functions}#shout`]), { cwd: folder, isGroup: true });
    running.child.stdin?.write('a\n');
    await until(() => running.stdout().includes('"A"'), 'it is at work');
    running.child.kill('SIGINT');
    const { code, stderr } = await running.ended;
    assert.equal(code, 130);
    assert.match(stderr, /With --joblog FILE it could go on from here/);
  });

  it('reaches the whole process group, and the workers go on until all is over', async () => {
    const folder = newFolder();
    const file = join(folder, 'begun');
    const running = start(argsOf(['map', `${functions}#sleepDeaf`, '-c', '4']), {
      cwd: folder,
      env: { BEGUN_FILE: file },
      isGroup: true,
    });
    running.child.stdin?.end('300\n'.repeat(50));
    await until(() => linesInFile(file).length >= 4, 'it is at work');
    process.kill(-(running.child.pid ?? 0), 'SIGTERM');
    const { code, stdout } = await running.ended;
    assert.equal(code, 143);
    assert.equal(linesOf(stdout).length, linesInFile(file).length);
    assert.ok(linesOf(stdout).every(({ ok }) => ok));
  });
});

describe('the second SIGINT', () => {
  it('ends what runs within the grace', async () => {
    const running = begin('sleepDeaf', '60000\n'.repeat(5), ['--grace', '200ms']);
    await until(() => running.begun().length === 5, 'it is at work');
    running.child.kill('SIGINT');
    await until(() => running.stderr().includes('waiting for 5 in flight'), 'it drains');
    await apart();
    running.child.kill('SIGINT');
    const { code, stderr, stdout } = await running.ended;
    assert.equal(code, 130);
    assert.match(stderr, /SIGINT: ending what is in flight, within 200 ms; once more leaves at once/);
    assert.equal(stdout, '', 'what was ended is not told as failed');
  });

  it('is followed by a third that leaves at once, and no worker stays', async () => {
    const running = begin('sleepDeaf', '60000\n'.repeat(5), ['--grace', '1h']);
    await until(() => running.begun().length === 5, 'it is at work');
    const workers = children(running.child.pid ?? 0);
    assert.ok(workers.length > 0);
    for (const said of ['waiting for 5', 'ending what is']) {
      running.child.kill('SIGINT');
      await until(() => running.stderr().includes(said), said);
      await apart();
    }
    running.child.kill('SIGINT');
    assert.equal((await running.ended).code, 130);
    await until(() => !workers.some(isAlive), 'the workers are gone', 2_000);
  });
});

describe('several signals at once', () => {
  it('are one, of whatever kinds', async () => {
    const running = begin('sleepDeaf', '1000\n', []);
    await until(() => running.begun().length === 1, 'it is at work');
    for (const signal of ['SIGHUP', 'SIGTERM', 'SIGINT', 'SIGTERM'] as const) running.child.kill(signal);
    const { code, stderr, stdout } = await running.ended;
    assert.ok(code === 129 || code === 143 || code === 130);
    assert.doesNotMatch(stderr, /ending what is in flight/);
    assert.equal(linesOf(stdout).length, 1, 'what ran has ended');
  });
});

describe('a terminal that is closed', () => {
  const last = '600\n';

  it('leaves a run to its end with --ignore-hangup, and where nohup has started it', async () => {
    for (const [flags, env] of [
      [['--ignore-hangup'], {}],
      [[], { _: '/usr/bin/nohup' }],
    ] as const) {
      const folder = newFolder();
      const file = join(folder, 'begun');
      const args = argsOf(['map', `${functions}#sleepDeaf`, ...flags]);
      const running = start(args, { input: last, cwd: folder, env: { BEGUN_FILE: file, ...env } });
      await until(() => linesInFile(file).length === 1, 'it is at work');
      running.child.kill('SIGHUP');
      const { code, stdout } = await running.ended;
      assert.deepEqual([code, linesOf(stdout).length], [0, 1], flags.join());
    }
  });

  it(
    'is ignored where whoever has started it ignores that',
    { skip: existsSync('/proc/self/status') ? false : 'only Linux tells' },
    async () => {
      const folder = newFolder();
      const file = join(folder, 'begun');
      const words = [process.execPath, ...argsOf(['map', `${functions}#sleepDeaf`])]
        .map((word) => `'${word}'`)
        .join(' ');
      const script = `require('child_process').spawn('bash', ['-c', ${JSON.stringify(`trap '' HUP; ${words}; echo "status $?"`)}], { stdio: 'inherit' })`;
      const running = start(['-e', script], { input: last, cwd: folder, env: { BEGUN_FILE: file } });
      await until(() => linesInFile(file).length === 1, 'it is at work');
      const [shell = 0] = children(running.child.pid ?? 0);
      const [command = 0] = children(shell);
      process.kill(command, 'SIGHUP');
      assert.match((await running.ended).stdout, /status 0\n$/);
    },
  );

  it('lets what runs end, and leaves no lock', { skip: noTerminal ?? false }, async () => {
    const folder = newFolder();
    const file = join(folder, 'begun');
    const terminal = new Terminal(folder);
    writeFileSync(join(folder, 'inputs'), '600\n'.repeat(50));
    const words = argsOf(['map', `${functions}#sleepDeaf`, 'inputs', '-c', '2', '-o', 'out', '--joblog', 'log']);
    terminal.type(`BEGUN_FILE=${file} '${process.execPath}' ${words.map((word) => `'${word}'`).join(' ')}`);
    await until(() => linesInFile(file).length >= 2, 'it is at work');
    const [command = 0] = children(terminal.shell);
    terminal[Symbol.dispose]();
    await until(() => !isAlive(command), 'it has ended');
    assert.equal(linesOf(readFileSync(join(folder, 'out'), 'utf8')).length, linesInFile(file).length);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.endsWith('.lock')),
      [],
    );
    const entries = readFileSync(join(folder, 'log'), 'utf8').trimEnd().split('\n');
    assert.match(entries.at(-1) ?? '', /"type":"end".*"ending":"interrupted"/);
  });
});

describe('other signals', () => {
  it('SIGUSR1 tells what runs now, and for how long', async () => {
    const running = begin('sleepDeaf', '3000\n');
    await until(() => running.begun().length === 1, 'it is at work');
    const told = await tells(running);
    assert.match(told, /^1 input in flight on 1 worker\n +[\d.]+ m?s +input 1 \(stdin:1\) 3000$/m);
    running.child.kill('SIGKILL');
    await running.ended;
  });

  it('SIGCONT lets its workers go on as well, where all were stopped', async () => {
    const running = begin('square', numbers(400), ['-c', '2']);
    await until(() => running.begun().length > 20, 'it is at work');
    const pids = [...children(running.child.pid ?? 0), running.child.pid ?? 0];
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    await until(() => pids.every((pid) => stateOf(pid) === 'T'), 'all are stopped');
    running.child.kill('SIGCONT');
    const { code, stdout } = await running.ended;
    assert.deepEqual([code, linesOf(stdout).length], [0, 400]);
  });
});

describe('--halt', () => {
  it('soon: begins nothing more once so many have failed, and lets the others end', async () => {
    const { code, stdout, stderr } = await polyloop(
      ['map', `${functions}#failIfOdd`, '-c', '1', '--halt', 'soon,fail=3'],
      numbers(1_000),
      newFolder(),
    );
    const failed = linesOf(stdout).filter(({ ok }) => !ok).length;
    assert.ok(failed >= 3 && failed < 60, `${failed} have failed`);
    assert.equal(code, failed);
    assert.match(stderr, /^polyloop: Halted after \d+ failed and \d+ succeeded\./m);
  });

  it('now: ends what runs', async () => {
    const { stdout, ms } = await polyloop(
      ['map', `${functions}#sleepDeaf`, '--halt', 'now,success=1', '--grace', '100ms'],
      `60000\n1\n60000\n`,
      newFolder(),
    );
    assert.deepEqual(
      linesOf(stdout).map(({ seq }) => seq),
      [2],
    );
    assert.ok(ms < 20_000);
  });

  it('counts a share of what has ended, not before there are twenty', async () => {
    const args = ['map', `${functions}#failIfOdd`, '-c', '1', '-k', '--halt', 'soon,fail=50%'];
    const { stdout } = await polyloop(args, numbers(1_000), newFolder());
    const lines = linesOf(stdout);
    assert.ok(lines.length >= 20 && lines.length < 200, `${lines.length} have ended`);
    const whole = await polyloop([...args.slice(0, -1), 'soon,fail=51%'], numbers(100), newFolder());
    assert.ok(linesOf(whole.stdout).length >= 20);
  });

  it('goes on later from there', async () => {
    const folder = newFolder();
    const args = ['map', `${functions}#shout`, '-o', 'out.jsonl', '--joblog', 'run.log', '--resume'];
    await polyloop([...args, '--halt', 'soon,done=5', '-c', '1'], numbers(3_000), folder);
    const before = linesOf(readFileSync(join(folder, 'out.jsonl'), 'utf8')).length;
    assert.ok(before >= 5 && before < 3_000, `${before} have ended`);
    await polyloop(args, numbers(3_000), folder);
    const seqs = new Set(linesOf(readFileSync(join(folder, 'out.jsonl'), 'utf8')).map(({ seq }) => seq));
    assert.equal(seqs.size, 3_000);
  });
});

/** Sends SIGUSR1 and returns what is told. */
async function tells(running: Begun): Promise<string> {
  const before = running.stderr().length;
  running.child.kill('SIGUSR1');
  await until(() => running.stderr().slice(before).includes('in flight on'), 'it tells');
  return running.stderr().slice(before);
}
