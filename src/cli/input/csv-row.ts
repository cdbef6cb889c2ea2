// A row of CSV, and what it is for the function.
export type Row =
  /** `identity`: the text, and what it means. */
  | {
      readonly ok: true;
      readonly line: number;
      readonly text: string;
      readonly identity: string;
      readonly value: unknown;
    }
  | {
      readonly ok: false;
      readonly line: number;
      readonly text: string;
      readonly why: string;
      /** False where its text is not what stands there: bytes that are no text. */
      readonly isExact?: boolean;
      /** Why nothing behind it can be read, where that is so. */
      readonly behind?: string | undefined;
    };

/** An object of fields by the names of their columns. */
export function recordOf(names: readonly string[], fields: readonly string[]): Record<string, string> {
  const row: Record<string, string> = {};
  for (let at = 0; at < names.length; at++) {
    const name = names[at] as string;
    const value = fields[at] as string;
    // To set it would be lost.
    if (name === '__proto__')
      Object.defineProperty(row, name, { value, enumerable: true, configurable: true, writable: true });
    else row[name] = value;
  }
  return row;
}
