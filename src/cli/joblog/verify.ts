// Looks through the inputs before a run goes on, where they may not be what they were: nothing is to run, and nothing to be
// mixed, when they are not.
import { sourceOf, type Reading } from '../input/asked.ts';
import type { HeaderEntry } from './entries.ts';
import { areFiles, areSame, shortHash } from './identity.ts';
import type { Past } from './past.ts';

/** Throws a {@link UsageError} that names the first input that is not what it was. What cannot be read twice is looked at as it comes. */
export async function verify(past: Past, now: HeaderEntry, reading: Reading): Promise<void> {
  const before = past.header;
  if (before === undefined || past.match === 'key') return;
  if (!areFiles(now.inputs) || areSame(now.inputs, before.inputs)) return;
  const letGo = new AbortController();
  const inputs = sourceOf(reading, letGo.signal);
  try {
    let seq = 0;
    for await (const input of inputs) {
      if (++seq > past.lastSeq) break;
      past.decide(seq, shortHash(input.identity ?? input.text), input);
    }
  } finally {
    letGo.abort();
  }
}
