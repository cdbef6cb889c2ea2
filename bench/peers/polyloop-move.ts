// The task that gives its buffer back without a copy: how that is said is each pool's own.
import { context, task } from './polyloop-code.ts';

export const move = task(import.meta, function move(buffer: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  context().transfer([buffer.buffer]);
  return buffer;
});
