import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import {
  allowance,
  creditAfter,
  firstCredit,
  messageBytes,
  windowAhead,
  type Credit,
  type Report,
  type Room,
} from '../../src/pool/credit.ts';
import { longestRun } from '../../src/wire/claims.ts';

const concurrency = 64;
/** A task that holds the loop for about a microsecond; a power of two, so that sums are exact. */
const tinyMs = 2 ** -10;

/** A loop that came back quickly from as many tasks as it was given. */
function quick(credit: Credit, change: Partial<Report> = {}): Report {
  const started = change.started ?? credit.size;
  return { started, heldMs: started * tinyMs, lagMs: 0, endedAtOnce: false, taskBytes: 8, ...change };
}

/** The credit after so many reports. */
function after(reports: number, change: Partial<Report> = {}, from = firstCredit): Credit {
  let credit = from;
  for (let left = reports; left > 0; left--) credit = creditAfter(credit, quick(credit, change), concurrency);
  return credit;
}

describe('credit', () => {
  it('starts at one, and doubles with each quick full message', () => {
    assert.equal(firstCredit.size, 1);
    assert.deepEqual(
      [1, 2, 3, 4, 5].map((reports) => after(reports).size),
      [2, 4, 8, 16, 32],
    );
  });

  it('is bounded by the concurrency, unless tasks end at once', () => {
    assert.equal(after(20).size, concurrency);
    assert.equal(after(20, { endedAtOnce: true }).size, 1_024);
    assert.equal(after(1, {}, after(20, { endedAtOnce: true })).size, concurrency, 'until they do so no more');
  });

  it('does not grow on messages that were not full', () => {
    const credit = after(3);
    assert.equal(creditAfter(credit, quick(credit, { started: 7 }), concurrency).size, 8);
    assert.equal(creditAfter(credit, quick(credit, { started: 8 }), concurrency).size, 16);
  });

  it('stays as it is where nothing was started', () => {
    const credit = after(3);
    assert.equal(creditAfter(credit, quick(credit, { started: 0, lagMs: 1_000 }), concurrency), credit);
  });

  it('halves where the loop came back late, down to one', () => {
    const sizes: number[] = [];
    let credit = after(4);
    for (let left = 6; left > 0; left--) {
      credit = creditAfter(credit, quick(credit, { lagMs: 5 }), concurrency);
      sizes.push(credit.size);
    }
    assert.deepEqual(sizes, [8, 4, 2, 1, 1, 1]);
  });

  it('is one for a function that holds the loop for a millisecond or more', () => {
    for (const heldMs of [1, 2, 50, 10_000]) {
      for (const endedAtOnce of [true, false])
        assert.equal(after(10, { started: 1, heldMs, endedAtOnce }).size, 1, `${heldMs} ms`);
    }
  });

  it('is bounded by a millisecond of work, by a megabyte, and by the longest run', () => {
    const atOnce = { endedAtOnce: true };
    assert.equal(creditAfter(after(9, atOnce), quick(firstCredit, { heldMs: 1 / 8 }), concurrency).size, 10);
    assert.equal(after(20, { ...atOnce, taskBytes: messageBytes / 4 }).size, 4);
    assert.equal(after(20, { ...atOnce, taskBytes: 3 * messageBytes }).size, 1);
    assert.equal(after(20, { ...atOnce, heldMs: 0 }).size, longestRun);
  });

  it('follows the last report more than those before, and recovers from one that was slow', () => {
    const usual = after(12, { endedAtOnce: true });
    let credit = creditAfter(usual, quick(usual, { started: 1, heldMs: 50, endedAtOnce: true }), concurrency);
    assert.equal(credit.size, 1);
    let reports = 0;
    for (; credit.size < usual.size / 2 && reports < 100; reports++)
      credit = creditAfter(credit, quick(credit, { endedAtOnce: true }), concurrency);
    assert.ok(reports <= 20, `it took ${reports} reports`);
  });

  it('is a whole number, one or more, whatever is reported', () => {
    for (const started of [1, 3, 100]) {
      for (const heldMs of [0, 1e-9, 0.3, 7, 1e9]) {
        for (const lagMs of [0, 4, 1e9]) {
          for (const taskBytes of [0, 1, 1e12]) {
            const report = { started, heldMs, lagMs, taskBytes, endedAtOnce: true };
            const { size, taskMs = NaN } = creditAfter(after(5), report, concurrency);
            assert.ok(Number.isInteger(size) && size >= 1 && size <= longestRun && taskMs >= 0);
          }
        }
      }
    }
  });
});

describe('the allowance', () => {
  const empty: Room = { inFlight: 0, concurrency, given: 0, spentMs: 0, spentBytes: 0 };
  const credit: Credit = { size: 16, taskMs: 1 / 32, taskBytes: 64, endsAtOnce: false };

  it('is what is left of the credit where some was given in this turn', () => {
    assert.equal(allowance(credit, { ...empty, inFlight: 12, given: 12 }), 4);
    assert.equal(allowance(credit, { ...empty, inFlight: 16, given: 16 }), 0);
  });

  it('is nothing for a worker that is full', () => {
    assert.equal(allowance(credit, { ...empty, inFlight: concurrency }), 0);
    assert.equal(allowance({ ...credit, endsAtOnce: true }, { ...empty, inFlight: concurrency + 5 }), 0);
    assert.equal(allowance(firstCredit, { ...empty, inFlight: concurrency }), 0);
  });

  it('is what is free where tasks go on, and the whole credit where they end at once', () => {
    assert.equal(allowance(credit, empty), 16);
    assert.equal(allowance(credit, { ...empty, inFlight: concurrency - 3 }), 3);
    assert.equal(allowance({ ...credit, endsAtOnce: true }, { ...empty, inFlight: concurrency - 3 }), 16);
  });

  it('is one for a function that is not known, which goes last', () => {
    assert.equal(allowance(firstCredit, empty), 1);
    assert.equal(allowance(firstCredit, { ...empty, spentMs: 0.9 }), 1);
    // What it will take is not known either; so it takes all there is.
    assert.equal(allowance(firstCredit, { ...empty, spentMs: Infinity }), 0);
    assert.equal(allowance(credit, { ...empty, spentMs: Infinity }), 0);
  });

  it('is shared by the functions of one turn: a millisecond and a megabyte for all', () => {
    assert.equal(allowance(credit, { ...empty, spentMs: 0.75 }), 8);
    assert.equal(allowance(credit, { ...empty, spentMs: 0.99 }), 0);
    assert.equal(allowance(credit, { ...empty, spentMs: 1 }), 0);
    assert.equal(allowance(credit, { ...empty, spentMs: 0.1, spentBytes: messageBytes - 4 * 64 }), 4);
    assert.equal(allowance(credit, { ...empty, spentMs: 0.1, spentBytes: 2 * messageBytes }), 0);
  });

  it('is one where one alone is more than a message may hold', () => {
    assert.equal(allowance({ ...credit, taskMs: 500 }, empty), 1);
    assert.equal(allowance({ ...credit, taskBytes: 5 * messageBytes }, empty), 1);
    assert.equal(allowance({ ...credit, taskMs: 500 }, { ...empty, spentMs: 0.1 }), 0);
  });

  it('is no more than the credit, however little a task costs', () => {
    assert.equal(allowance({ ...credit, taskMs: 0, taskBytes: 0 }, empty), 16);
    assert.equal(allowance({ ...credit, taskMs: 0, taskBytes: 0, endsAtOnce: true }, empty), 16);
  });
});

describe('the window of a map', () => {
  const credit: Credit = { size: 64, taskMs: 0.001, taskBytes: 8, endsAtOnce: false };

  it('is twice what the workers may be given', () => {
    assert.equal(windowAhead([credit]), 128);
    assert.equal(windowAhead([credit, { ...credit, size: 8 }]), 144);
    assert.equal(windowAhead([]), 0);
  });

  it('is no more than ten milliseconds of work for each worker', () => {
    const busy = { ...credit, size: 1_000, taskMs: 1 / 16 };
    assert.equal(windowAhead([busy]), 160);
    assert.equal(windowAhead([busy, busy]), 320);
    assert.equal(windowAhead([{ ...credit, taskMs: 200 }]), 0);
  });

  it('is no more than 16 MB', () => {
    assert.equal(windowAhead([{ ...credit, taskBytes: 1 << 20 }]), 16);
    assert.equal(windowAhead([credit, { ...credit, taskBytes: 4 << 20 }]), 4);
  });

  it('is not made small by workers that do not know the function yet', () => {
    const known: Credit = { size: 1_000, taskMs: 0.001, taskBytes: 8, endsAtOnce: true };
    assert.equal(windowAhead([known, firstCredit]), 2_002);
  });
});
