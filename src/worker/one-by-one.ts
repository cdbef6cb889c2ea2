// What cannot be sent together. Something in a batch cannot be encoded, and only its own task is to suffer for it.
import { NotSerializableError } from '../errors.ts';
import { arrayEntries, arraySlice } from '../task/arrays.ts';
import { messageOf } from '../task/foreign.ts';
import { endKind, endStride, PACKED, PLAIN, REJECTED, timesStride, type Said, type ToPool } from '../wire/messages.ts';
import { packThrown } from '../wire/pack.ts';
import type { PoolPort } from './outbox.ts';

/** Sends what a batch holds, each outcome and each thing that was said in a message of its own. */
export function sendOneByOne(port: PoolPort, batch: ToPool[]): void {
  for (const message of batch) {
    if (message.type === 'said') saySingly(port, message);
    else if (message.type !== 'turn' || message.payload === undefined) port.send([message]);
    if (message.type !== 'turn' || message.payload === undefined) continue;
    const { ends, payload, reports, times } = message;
    let value = 0;
    for (let at = 0; at < ends.length; at += endStride) {
      const [run = -1, place = -1, count = 0, kind = 0] = arraySlice(ends, at, at + endStride);
      for (let step = 0; step < count; step++)
        sendAlone(port, run, place + step, kind, payload[value], timesOf(times ?? [], value++));
    }
    port.send([{ type: 'turn', ends: [], reports, payload: [] }]);
  }
}

function saySingly(port: PoolPort, { payload = [], forms, waits, ...said }: Said): void {
  for (const [at, value] of arrayEntries(payload)) {
    const isLast = waits === true && at === payload.length - 1;
    try {
      port.send([
        { ...said, forms: [forms?.[at] ?? PLAIN], payload: [value], ...(isLast && { waits: true as const }) },
      ]);
    } catch (refused) {
      const reason = packThrown(unreadable(said.how === 'yield' ? 'yielded' : 'report', refused));
      port.send([{ ...said, forms: [PACKED], isFailure: true, payload: [reason] }]);
    }
  }
}

function sendAlone(
  port: PoolPort,
  run: number,
  place: number,
  kind: number,
  value: unknown,
  times: { times?: number[] },
): void {
  try {
    port.send([{ type: 'turn', ends: [run, place, 1, kind], ...times, reports: [], payload: [value] }]);
  } catch (refused) {
    const reason = packThrown(unreadable('result', refused));
    const refusal = endKind(REJECTED, PACKED);
    port.send([{ type: 'turn', ends: [run, place, 1, refusal], ...times, reports: [], payload: [reason] }]);
  }
}

/** The times of one of the outcomes, for a message that has only that. */
function timesOf(times: readonly number[], value: number): { times?: number[] } {
  for (let at = 0; at < times.length; at += timesStride)
    if (times[at] === value) return { times: [0, ...arraySlice(times, at + 1, at + timesStride)] };
  return {};
}

/** What a task is told, or its caller, of a value that cannot be encoded. */
export function unreadable(path: string, cause: unknown): NotSerializableError {
  return new NotSerializableError(path, messageOf(cause), { cause: messageOf(cause) });
}
