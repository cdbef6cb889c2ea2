import assert from 'node:assert/strict';
import { it } from 'node:test';

import { hostVariables, whyNoWorkerProcess, type HostProgram } from '../../src/transport/process/host-program.ts';

const node: HostProgram = { versions: process.versions, isSea: false, isPkg: false, isCompiled: false };

it('a plain Node runs workers as it is', () => {
  assert.equal(whyNoWorkerProcess(), undefined);
  assert.equal(whyNoWorkerProcess(node), undefined);
  assert.deepEqual(hostVariables(node), {});
});

const others: [string, Partial<HostProgram>, RegExp][] = [
  ['a single executable', { isSea: true }, /a single executable application/],
  ['a program of pkg', { isPkg: true }, /packaged by pkg/],
  ['a program of bun or deno', { isCompiled: true }, /a compiled program/],
];
for (const [what, program, said] of others) {
  it(`${what} is refused, by name and with what to do, unless it has set another process.execPath`, () => {
    const why = whyNoWorkerProcess({ ...node, ...program });
    assert.match(why ?? '', said);
    assert.match(why ?? '', /Give `execPath`/);
    assert.equal(whyNoWorkerProcess({ ...node, ...program }, '/usr/bin/node'), undefined);
  });
}

it('Electron runs as Node in workers', () => {
  assert.deepEqual(hostVariables({ versions: { electron: '40.0.0' } }), { ELECTRON_RUN_AS_NODE: '1' });
});
