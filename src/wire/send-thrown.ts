// Sends a thrown thing: what somebody threw, or the reason of an abort. It is the user's and can be anything, and it always arrives.
import { inShort } from '../task/foreign.ts';
import { checkedSize } from './byte-size.ts';
import { packThrown } from './pack.ts';
import type { Packed } from './values.ts';

/**
 * Packs it and hands it to `send`, which throws where the message cannot be encoded. A thing that is too large for one message, or that
 * cannot be cloned after all, is replaced by an error with its name and the beginning of its message. `role`: see {@link packThrown}.
 */
export function sendThrown(thrown: unknown, mostBytes: number, send: (packed: Packed) => void, role?: string): void {
  try {
    checkedSize(thrown, 'error', mostBytes);
    send(packThrown(thrown, role));
  } catch {
    send(packThrown(inShort(thrown), role));
  }
}
