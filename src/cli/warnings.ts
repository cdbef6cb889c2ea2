// Warnings of the pool are told in the command's own way, and count; all others are Node's to tell.
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Takes the pool's warnings from now on, each as its text. Returns how to leave them to Node again. */
export function takeWarnings(hear: (text: string) => void): () => Promise<void> {
  const others = process.listeners('warning');
  const listener = (warning: Error): void => {
    if (warning.name === 'PolyloopWarning') hear(warning.message);
    else for (const other of others) other.call(process, warning);
  };
  process.removeAllListeners('warning');
  process.on('warning', listener);
  return async () => {
    // Node tells of them in a turn of its own.
    await nextTurn();
    process.off('warning', listener);
    for (const other of others) process.on('warning', other);
  };
}
