// What a worker thread is given when it begins.
import type { MessagePort } from 'node:worker_threads';

import type { threadMark } from '../surroundings/started-as.ts';

export interface ThreadData {
  /** Says that this thread is a worker of a pool. */
  readonly [threadMark]: true;
  /** Carries the messages. */
  readonly port: MessagePort;
  /** The words of the claims that both ends share. */
  readonly claims: Int32Array;
  /** And the time of the last claim of each run. */
  readonly times: Float64Array | undefined;
}
