import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';

import { limitFlags } from '../../src/transport/process/limit-flags.ts';

describe('the limits of a worker process', () => {
  it('are none where none are given', () => {
    assert.deepEqual(limitFlags(), []);
    assert.deepEqual(limitFlags({}), []);
  });

  it('are told by flags: the old generation as it is, the young one as three semi-spaces, the stack in kilobytes', () => {
    assert.deepEqual(limitFlags({ maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 48, stackSizeMb: 4 }), [
      '--max-old-space-size=64',
      '--max-semi-space-size=16',
      '--stack-size=4096',
    ]);
    assert.deepEqual(limitFlags({ maxOldGenerationSizeMb: 24 }), ['--max-old-space-size=24']);
    assert.deepEqual(limitFlags({ stackSizeMb: 0.5 }), ['--stack-size=512']);
  });

  it('are whole numbers, and at least one, for zero would mean none', () => {
    assert.deepEqual(limitFlags({ maxOldGenerationSizeMb: 0.2, maxYoungGenerationSizeMb: 2 }), [
      '--max-old-space-size=1',
      '--max-semi-space-size=1',
    ]);
    assert.deepEqual(limitFlags({ maxOldGenerationSizeMb: 100.9, maxYoungGenerationSizeMb: 10 }), [
      '--max-old-space-size=100',
      '--max-semi-space-size=3',
    ]);
    assert.deepEqual(limitFlags({ stackSizeMb: 0.000_1 }), ['--stack-size=1']);
  });

  it('say nothing of the range of code, for which `node` has no flag', () => {
    assert.deepEqual(limitFlags({ codeRangeSizeMb: 16 }), []);
  });

  it('are understood by `node`', () => {
    const flags = limitFlags({ maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 12, stackSizeMb: 1 });
    const code = 'console.log(require("node:v8").getHeapStatistics().heap_size_limit)';
    const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, '--eval', code], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    const limitMb = Number(stdout) / 2 ** 20;
    assert.ok(limitMb >= 96 && limitMb <= 96 + 2 * 12, `${limitMb} MB`);
  });
});
