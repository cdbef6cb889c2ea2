// Somebody who has forgotten to name a file would wait for the command, which waits for what they type.
import { isatty } from 'node:tty';

/** Says that input is waited for, where nobody has named a file, and none is sent: stdin is a terminal. `files`: those that were named. */
export function sayWhereTyped(files: readonly string[], say: (line: string) => void, isTerminal = isatty(0)): void {
  if (files.length > 0 || !isTerminal) return;
  say('Waiting for input from the terminal, which Ctrl-D ends. To read a file, name it behind the function.');
}
