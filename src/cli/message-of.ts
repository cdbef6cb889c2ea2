import types from 'node:util/types';

/** What a thrown thing says, in one line. */
export function messageOf(thrown: unknown): string {
  const message = types.isNativeError(thrown) || thrown instanceof Error ? thrown.message : String(thrown);
  return message.split('\n', 1)[0] ?? '';
}
