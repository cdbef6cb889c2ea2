// What went wrong, by kind: failures whose messages differ only in their numbers and quoted texts are of one kind.
import type { TaskEnd } from './history.ts';

export interface FailureKind {
  readonly name: string;
  /** The message; where there are several, what they have in common. */
  readonly message: string;
  /** In the order in which they ended. */
  readonly tasks: readonly TaskEnd[];
  /** Of the first that has one. */
  readonly stack: string | undefined;
}

const longestMessage = 500;

/** The most frequent first. */
export function failureKinds(ends: readonly TaskEnd[]): FailureKind[] {
  const kinds = new Map<string, Kind>();
  for (const end of ends) {
    if (end.ok) continue;
    const name = end.error?.name ?? 'No error on record';
    const message = (end.error?.message ?? '').slice(0, longestMessage);
    const shape = shapeOf(message);
    const key = `${name}\n${shape}`;
    let kind = kinds.get(key);
    if (kind === undefined) kinds.set(key, (kind = { name, message, tasks: [], stack: undefined }));
    if (kind.message !== message) kind.message = shape;
    kind.tasks.push(end);
    kind.stack ??= end.error?.stack;
  }
  return [...kinds.values()].toSorted((a, b) => b.tasks.length - a.tasks.length);
}

interface Kind {
  readonly name: string;
  message: string;
  readonly tasks: TaskEnd[];
  stack: string | undefined;
}

/** `Timeout after 300 ms for 'a.png'` and `Timeout after 210 ms for 'b.png'` are both `Timeout after … ms for '…'`. */
export function shapeOf(message: string): string {
  return message
    .replaceAll(/(["'`])(?:(?!\1)[^\n\\]|\\.){0,200}?\1(?!\w)/g, '$1…$1')
    .replaceAll(/\b[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b/gi, '…')
    .replaceAll(/\b0x[\da-f]+\b|\b(?=[a-f]*\d)[\da-f]{7,}\b/gi, '…')
    .replaceAll(/\d+(?:[.,:]\d+)*/g, '…');
}
