// Long texts, cut where it harms least.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { shortened, shortenedLine } from '../../src/report/shortened.ts';

describe('a text that is too long', () => {
  it('keeps both of its ends, so that addresses that begin alike can be told apart', () => {
    const of = (page: number): string => shortened(`https://shop.example/products/${'x'.repeat(99)}?page=${page}`, 40);
    assert.equal(of(1), 'https://shop.example…xxxxxxxxxxxx?page=1');
    assert.deepEqual([of(1).length, new Set([of(1), of(2), of(3)]).size], [40, 3]);
  });

  it('is as it was where it is not longer than it may be', () => {
    assert.deepEqual([shortened('', 5), shortened('12345', 5), shortened('123456', 5)], ['', '12345', '12…56']);
  });

  it('has no half of a character, wherever it is cut', () => {
    for (const text of ['👩‍👩‍👧😀'.repeat(20), `a${'😀'.repeat(60)}`, `${'😀'.repeat(60)}b`])
      for (let most = 3; most < 60; most++) {
        const cut = shortened(text, most);
        assert.ok(cut.isWellFormed() && cut.length <= most && cut.length >= most - 2, `${most}: ${cut}`);
      }
  });

  it('becomes one line where that is asked for', () => {
    assert.equal(shortenedLine('one\n\t two', 20), 'one two');
    assert.equal(shortenedLine(`one\n${' '.repeat(500)}two`, 20), 'one … two');
    assert.ok(shortenedLine('a\n'.repeat(1e6), 20).length <= 20);
  });
});
