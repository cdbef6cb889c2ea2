// `transfer` between processes. Memory cannot move there, so it is copied; but the giver loses it all the same, as it does
// between threads, so that a program means the same over both.
import types from 'node:util/types';

import type { Transferable } from '../../task/context.ts';

export function giveAway(transfer: readonly Transferable[]): void {
  for (const given of transfer)
    if (types.isArrayBuffer(given) && !given.detached) ArrayBuffer.prototype.transfer.call(given);
}
