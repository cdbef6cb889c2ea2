// Tells a worker that tasks are to end, and why. The reason is the user's and can be anything; the message always goes out.
import { inShort } from '../task/foreign.ts';
import type { Link } from '../transport/transport.ts';
import { checkedSize } from '../wire/byte-size.ts';
import { packThrown } from '../wire/pack.ts';

/** Sends it. Where the reason is too large to cross, or cannot be cloned after all, an error with its name and message goes instead. */
export function sendCancel(link: Link, run: number, place: number, count: number, reason: unknown): void {
  const send = (said: unknown): void =>
    link.send([{ type: 'cancel', run, place, count, payload: [packThrown(said, 'an abort reason,')] }]);
  try {
    checkedSize(reason, 'reason', link.mostBytes);
    send(reason);
  } catch {
    send(inShort(reason));
  }
}
