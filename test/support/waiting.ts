// Tasks that only wait: for the tests of queues.
import { noOptions, Submission, type TaskOptions } from '../../src/task/submission.ts';
import type { FunctionReference } from '../../src/task/task-function.ts';

export class Waiting extends Submission {
  constructor(fn: FunctionReference, id: number, count: number, options: TaskOptions = noOptions) {
    super(fn, options, 1, count);
    this.id = id;
    this.state = 'queued';
  }
  argumentsOf(): void {}
  settle(): void {}
  fulfil(): void {}
  /** What was split off last. */
  cutOff: Waiting | undefined = undefined;
  protected tail(at: number): Waiting {
    return (this.cutOff = new Waiting(this.fn, 0, this.count - at, this.options));
  }
}
