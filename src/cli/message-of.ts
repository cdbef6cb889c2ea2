import types from 'node:util/types';

/** What a thrown thing says, in one line. */
export function messageOf(thrown: unknown): string {
  const message = types.isNativeError(thrown) || thrown instanceof Error ? thrown.message : String(thrown);
  // What the system says may have the name of a file in it, which may have anything.
  return isSystemError(thrown) ? message.replaceAll('\n', '\\n') : (message.split('\n', 1)[0] ?? '');
}

function isSystemError(thrown: unknown): boolean {
  return typeof thrown === 'object' && thrown !== null && 'syscall' in thrown && 'code' in thrown;
}
