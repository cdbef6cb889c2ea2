import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { it } from 'node:test';

import { parseNodeOptions, writeNodeOptions } from '../../../src/transport/surroundings/node-options.ts';

const texts: [string, string[]][] = [
  ['', []],
  ['  ', []],
  ['--a', ['--a']],
  [' --a  --b=c ', ['--a', '--b=c']],
  ['--require "./with space.cjs"', ['--require', './with space.cjs']],
  ['--require=./with" "space.cjs', ['--require=./with space.cjs']],
  [String.raw`--a="quote \" and \\ slash"`, [String.raw`--a=quote " and \ slash`]],
  [String.raw`--a=C:\here`, [String.raw`--a=C:\here`]],
  ['--a ""', ['--a', '']],
];

for (const [text, words] of texts) {
  it(`NODE_OPTIONS ${JSON.stringify(text)} is ${words.length} words`, () => {
    assert.deepEqual(parseNodeOptions(text), words);
  });
}

it('what is written is read as the same words', () => {
  for (const [, words] of texts) {
    const plain = words.filter((word) => word !== '');
    assert.deepEqual(parseNodeOptions(writeNodeOptions(plain)), plain);
  }
});

it('Node reads what is written as the same words', () => {
  const title = String.raw`two words, a " and a \ `;
  const env = { ...process.env, NODE_OPTIONS: writeNodeOptions([`--title=${title}`, '--no-warnings']) };
  assert.equal(execFileSync(process.execPath, ['-p', 'process.title'], { env, encoding: 'utf8' }), `${title}\n`);
});
