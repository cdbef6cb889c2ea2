// What the command decides, without a run: when to halt, what to try again, how to go on, what it still knows.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { calledAs, type Calling } from '../../src/cli/called-as.ts';
import { haltCondition, isHalted } from '../../src/cli/halt.ts';
import { resumeHint } from '../../src/cli/resume-hint.ts';
import { retryOptions } from '../../src/cli/retrying.ts';
import { UnderWay } from '../../src/cli/under-way.ts';
import { UsageError } from '../../src/cli/usage-error.ts';
import { CallFailedError } from '../../src/cli/worker/apply.ts';
import { TaskTimeoutError, WorkerCrashedError } from '../../src/index.ts';
import { polyloop, functions } from '../support/command.ts';
import { newFolder } from '../support/files.ts';
import { watch } from '../support/pools.ts';

watch();

describe('when to halt', () => {
  it('is written as when, what and how many', () => {
    assert.deepEqual(haltCondition('soon,fail=3'), { how: 'soon', on: 'fail', count: 3, isPercent: false });
    assert.deepEqual(haltCondition('now,success'), { how: 'now', on: 'success', count: 1, isPercent: false });
    assert.deepEqual(haltCondition('soon,fail=2.5%'), { how: 'soon', on: 'fail', count: 2.5, isPercent: true });
    for (const wrong of ['', 'soon', 'later,fail=1', 'soon,fail=0', 'soon,fail=1.5', 'now,fail=101%', 'fail=1'])
      assert.throws(() => haltCondition(wrong), UsageError, wrong);
  });

  it('is a number of what ended so, or a share of what has ended, once that is twenty', () => {
    const at = (written: string, failed: number, fulfilled: number): boolean =>
      isHalted(haltCondition(written), { failed, fulfilled, total: 100 });
    assert.deepEqual([at('soon,fail=3', 2, 50), at('soon,fail=3', 3, 0)], [false, true]);
    assert.deepEqual([at('soon,success=2', 9, 1), at('soon,success=2', 9, 2)], [false, true]);
    assert.deepEqual([at('soon,done=5', 2, 2), at('soon,done=5', 2, 3)], [false, true]);
    assert.deepEqual([at('soon,fail=10%', 19, 0), at('soon,fail=10%', 2, 18)], [false, true]);
    assert.equal(at('soon,fail=10%', 2, 19), false);
    assert.deepEqual([at('soon,done=50%', 20, 29), at('soon,done=50%', 20, 30)], [false, true]);
  });

  it('of a share of all takes --total', async () => {
    const { stderr, code } = await polyloop(['map', functions, '--halt', 'soon,done=50%'], '', newFolder());
    assert.match(stderr, /^polyloop: --halt with a share of what is done takes --total/);
    assert.equal(code, 255);
  });
});

describe('what is tried again', () => {
  const failed = (taskId: number, error: unknown = new Error('no')): CallFailedError =>
    new CallFailedError(error, taskId, { ms: 1, attempts: 9, worker: 1, at: 0 });
  const late = (taskId: number): TaskTimeoutError =>
    new TaskTimeoutError('late', { taskId, attempt: 9, timeoutMs: 10, phase: 'running' });
  const died = (workerId: number, taskIds: number[], causedBy?: number): WorkerCrashedError =>
    new WorkerCrashedError('died', { workerId, pid: 1, exitCode: 1, signal: null, taskIds, causedBy, stderr: '' });
  const asked = (retries: number): ((reason: unknown) => boolean) => {
    const { on } = retryOptions(retries, undefined);
    assert.ok(typeof on === 'function');
    return on;
  };

  it('is what failed or was late, as often as was asked for', () => {
    const on = asked(2);
    assert.deepEqual([on(failed(1)), on(failed(1)), on(failed(1)), on(failed(2))], [true, true, false, true]);
    assert.deepEqual([on(late(3)), on(failed(3)), on(late(3))], [true, true, false]);
    assert.deepEqual([asked(0)(failed(1)), asked(0)(late(1))], [false, false]);
    assert.equal(on(new TypeError('of the pool')), false);
  });

  it('is not what says that it would be in vain', () => {
    const on = asked(2);
    assert.equal(on(failed(1, Object.assign(new Error('no'), { retry: false }))), false);
    const trap = Object.defineProperty(new Error('no'), 'retry', {
      get() {
        throw new Error('trap');
      },
    });
    assert.deepEqual([on(failed(1, trap)), on(failed(1, null))], [true, true]);
  });

  it('is what lost its worker to another, however often, without --retries too', () => {
    const on = asked(0);
    for (let worker = 1; worker < 9; worker++) assert.equal(on(died(worker, [1, 2, 3], 2)), true);
    assert.equal(on(died(10, [1, 2, 3])), false);
  });

  it('is what was there when a worker died, until it was alone there too often', () => {
    const on = asked(1);
    const all = died(1, [1, 2, 3]);
    assert.deepEqual([on(all), on(all), on(all)], [true, true, true]);
    assert.equal(on(died(2, [2])), false, 'it was started twice');
    assert.equal(asked(1)(died(1, [7])), true);
    const mixed = asked(2);
    assert.deepEqual([mixed(failed(7)), mixed(died(3, [7])), mixed(failed(7))], [true, true, false]);
  });
});

describe('how to go on', () => {
  it('is the same command with --resume, as a shell needs it', () => {
    assert.equal(
      resumeHint(['map', './a b.ts', "it's.txt", '--joblog', 'run.log', '--overwrite'], 'run.log', ['polyloop']),
      `Go on with: polyloop map --resume './a b.ts' 'it'\\''s.txt' --joblog run.log`,
    );
    assert.equal(
      resumeHint(['map', 'f', '--resume-failed'], 'l', ['npx', 'polyloop']),
      'Go on with: npx polyloop map f --resume-failed',
    );
    assert.match(resumeHint(['map', 'f'], undefined, []), /--joblog FILE/);
  });
});

describe('how the command was called', () => {
  const local = '/p/node_modules/.bin/polyloop';
  const shell: Calling = {
    ...{ argv0: 'node', execArgv: [], script: '/usr/local/bin/polyloop', folder: '/p' },
    ...{ env: { PATH: '/usr/local/bin:/usr/bin' }, isThere: () => false },
  };
  const by = (agent: string, script: string, command = 'exec'): Calling => ({
    ...{ ...shell, script, env: { ...shell.env, npm_config_user_agent: agent, npm_command: command } },
  });
  const cached = '/root/.npm/_npx/4b58cf1d531f69e8/node_modules/.bin/polyloop';
  const ofPnpm =
    '/root/.cache/pnpm/dlx/76364ca/mx4-7og/node_modules/.pnpm/polyloop@1/node_modules/polyloop/bin/polyloop.cjs';
  const node = '/opt/node/bin/node';
  const ways: [string, Calling][] = [
    ['polyloop', shell],
    ['polyloop', { ...shell, script: local, env: { PATH: '/p/node_modules/.bin:/usr/bin' } }],
    ['./node_modules/.bin/polyloop', { ...shell, script: local }],
    ['/p/node_modules/.bin/polyloop', { ...shell, script: local, folder: '/p/deep' }],
    ['npx polyloop', by('npm/11.19.1 node/v26.10.0 linux x64 workspaces/false', local)],
    ['npx polyloop', by('npm/11.19.1 node/v26.10.0 linux x64 workspaces/false', cached)],
    ['npx polyloop', by('npm/11.19.1 node/v26.10.0 linux x64 workspaces/false', local, 'run')],
    ['pnpm exec polyloop', by('pnpm/12.21.0 npm/? node/? linux x64', local)],
    ['pnpm dlx polyloop', by('pnpm/12.21.0 npm/? node/? linux x64', ofPnpm, 'dlx')],
    ['yarn polyloop', by('yarn/1.22.22 npm/? node/v26.10.0 linux x64', local)],
    ['yarn dlx polyloop', by('yarn/4.9.1 npm/? node/v26', '/tmp/xfs-1/dlx-42/node_modules/polyloop/bin/polyloop.cjs')],
    ['bunx polyloop', by('bun/1.4.5 npm/? node/v26.3.0 linux x64', local)],
    // Installed for all, by npm and by a shell script of pnpm, and called from a script of some package.
    ['polyloop', by('npm/11.19.1 node/v26.10.0 linux x64', '/usr/local/bin/polyloop', 'run')],
    [
      'polyloop',
      {
        ...shell,
        script: '/g/node_modules/polyloop/bin/polyloop.cjs',
        isThere: (file) => file === '/usr/bin/polyloop',
      },
    ],
    ['node src/cli/main.ts', { ...shell, script: '/p/src/cli/main.ts' }],
    ['node /q/main.ts', { ...shell, script: '/q/main.ts', argv0: node, env: { PATH: '/opt/node/bin' } }],
    [
      `${node} --env-file=.env /q/main.ts`,
      { ...shell, script: '/q/main.ts', argv0: node, execArgv: ['--env-file=.env'] },
    ],
  ];
  for (const [says, calling] of ways) {
    it(`is told as it was: ${says}, for ${calling.script} by ${calling.env['npm_config_user_agent'] ?? 'a shell'}`, () => {
      assert.equal(calledAs(calling).join(' '), says);
    });
  }
});

describe('what is under way', () => {
  it('is found by its place, however late, and listed by it', () => {
    const underWay = new UnderWay<string>();
    const far = 3 * (1 << 14);
    for (let place = 0; place < far; place++) {
      underWay.set(place, `${place}`);
      if (place % 5_000 !== 7) assert.equal(underWay.take(place), `${place}`);
    }
    const stragglers = Array.from({ length: Math.ceil((far - 7) / 5_000) }, (_, n) => 7 + n * 5_000);
    assert.deepEqual(
      underWay.values(),
      stragglers.map((place) => `${place}`),
    );
    assert.equal(underWay.size, stragglers.length);
    for (const place of stragglers) assert.equal(underWay.take(place), `${place}`);
    assert.deepEqual([underWay.size, underWay.take(7), underWay.values()], [0, undefined, []]);
  });
});
