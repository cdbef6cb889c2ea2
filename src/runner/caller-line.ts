// Where a failed task was submitted. To remember it at every call would cost more than most tasks. But a promise that is
// being rejected knows who awaits it, and the engine can be asked: an async function that throws sees, in its stack, the
// chain of `await`s that leads to it. So only the failing path pays.
import { arrayFilter, arrayJoin, arraySlice } from '../task/arrays.ts';
import { define, isError, stackOf, withPlainStacks } from '../task/foreign.ts';
import { isOwnLine } from '../task/own-files.ts';
import { adoptable, resolved } from '../task/platform.ts';

const { captureStackTrace } = Error;

/**
 * A promise that is rejected with `error`, after the lines of its awaiting callers were put below the error's stack.
 * To be given to the `resolve` of the promise that the caller holds.
 */
export function rejectWithCaller(error: unknown): Promise<never> {
  return adoptable(rejected(error));
}

async function rejected(error: unknown): Promise<never> {
  // Two turns: the promise of this function must have been adopted by the caller's before its stack leads there.
  await resolved();
  await resolved();
  new CallSite().appendTo(error);
  throw error;
}

/** Where something is called from; it is looked at only where it is needed. */
export class CallSite {
  // Only its stack is asked for.
  readonly #holder = {} as Error;

  constructor() {
    captureStackTrace(this.#holder, CallSite);
  }

  get lines(): string[] {
    return arrayFilter(arraySlice(withPlainStacks(() => stackOf(this.#holder)).split('\n'), 1), isCallers);
  }

  appendTo(error: unknown): void {
    if (isError(error)) appendCaller(error, this.lines);
  }
}

function isCallers(line: string): boolean {
  return (
    !isOwnLine(line) &&
    !line.includes('(node:') &&
    !line.includes(' node:internal') &&
    !line.includes('at async Promise.')
  );
}

/** Puts the lines of the submitting code below the remote stack. */
export function appendCaller(error: Error, lines: readonly string[]): void {
  const [first, ...others] = lines;
  if (first === undefined) return;
  const stack = withPlainStacks(() => stackOf(error));
  if (stack.includes('(submitted from)')) return;
  // A stack that cannot be written to stays as it is.
  define(error, 'stack', arrayJoin([stack, `${first} (submitted from)`, ...others], '\n'), false);
}
