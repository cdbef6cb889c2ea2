// What a function has returned cannot be written, or not as it is. That is a failure of its input, and of no other.

/** Longer texts would be more than the command can hold, with all that is around them. In characters. */
export const mostWritten = 256e6;

export class UnwritableError extends TypeError {
  override readonly name: string = 'UnwritableError';
  readonly code: string = 'ERR_UNWRITABLE';
  /** Where it stands in what was returned: `value.rows[3].when`. */
  readonly path: string;

  constructor(path: string, why: string) {
    super(`${path} ${why}`);
    this.path = path;
  }
}

export function tooLarge(path: string): UnwritableError {
  return new UnwritableError(
    path,
    'is larger than 256 MB as it is written. Return less, or write it to a file of its own and return the name of that.',
  );
}
