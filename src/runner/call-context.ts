// The async context in which a call was made. What polyloop runs of the caller's later for that call, such as a generator that is an
// argument, runs in it, and not in that of whatever message has led there. Only calls that need it have one, for it is not free.
import { currentScope, emptyScope } from '../task/async-context.ts';
import type { Submission } from '../task/submission.ts';

/** Calls a function in an async context that was captured. */
export type InContext = <R>(fn: () => R) => R;

const contexts = new WeakMap<Submission, InContext>();

/** The call that this task stands for is being made now. */
export function keepContext(task: Submission): void {
  contexts.set(task, currentScope());
}

/** The context of the call of a task; an empty one where none was kept, and never that of another call. */
export function contextOf(task: Submission | undefined): InContext {
  return (task && (contexts.get(task) ?? task.options.scope)) ?? emptyScope;
}
