// Tells a worker that tasks are to end, and why.
import type { Link } from '../transport/transport.ts';
import { sendThrown } from '../wire/send-thrown.ts';

export function sendCancel(link: Link, run: number, place: number, count: number, reason: unknown): void {
  sendThrown(
    reason,
    link.mostBytes,
    (packed) => link.send([{ type: 'cancel', run, place, count, payload: [packed] }]),
    'an abort reason,',
  );
}
