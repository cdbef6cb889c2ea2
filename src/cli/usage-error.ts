/** The user's mistake: shown as one line that says what to do, without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
