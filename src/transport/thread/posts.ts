// Batches over a MessagePort. A payload that travels apart is a post of its own, right before the batch whose last message
// it belongs to: if it cannot be encoded nothing was sent yet, and if it cannot be decoded the message still can.
import type { MessagePort } from 'node:worker_threads';

import { arrayAt, arraySlice } from '../../task/arrays.ts';
import type { Transferable } from '../../task/context.ts';
import { isApart, type Message } from '../../wire/messages.ts';

interface ApartPayload {
  readonly apart: unknown[] | undefined;
}

/** Posts a batch. Throws what the structured clone throws; then nothing was sent. */
export function post(port: MessagePort, batch: Message[], transfer?: readonly Transferable[]): void {
  const last = arrayAt(batch, -1);
  if (last === undefined || !isApart(last)) {
    if (transfer === undefined) port.postMessage(batch);
    else port.postMessage(batch, [...transfer]);
    return;
  }
  const { payload } = last;
  port.postMessage({ apart: payload } satisfies ApartPayload, [...(transfer ?? [])]);
  port.postMessage([...arraySlice(batch, 0, -1), { ...last, payload: [] }]);
}

/** Puts batches and the payloads that came apart together again. */
export class PostReader {
  readonly #onBatch: (batch: Message[]) => void;
  #apart: unknown[] | undefined;
  #failure: unknown;

  constructor(onBatch: (batch: Message[]) => void) {
    this.#onBatch = onBatch;
  }

  read(message: unknown): void {
    if (!Array.isArray(message)) {
      const apart = (message as Partial<ApartPayload> | null | undefined)?.apart;
      if (!Array.isArray(apart)) throw new Error('it sent something that is no message where only polyloop may write');
      this.#apart = apart;
      return;
    }
    const batch = message as Message[];
    const last = arrayAt(batch, -1);
    if (typeof last === 'object' && last !== null && isApart(last)) {
      if (this.#apart === undefined) last.payloadError = this.#failure;
      else last.payload = this.#apart;
      this.#apart = undefined;
      this.#failure = undefined;
    }
    this.#onBatch(batch);
  }

  /** What was posted cannot be decoded. Only payloads that travel apart can fail so. */
  readFailure(error: unknown): void {
    this.#failure = error ?? new Error('the message cannot be decoded');
  }
}
