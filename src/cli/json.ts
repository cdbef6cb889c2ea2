// JSON in which no number changes: whole numbers that JavaScript cannot hold are refused where they are read, or kept as text or BigInt;
// and a BigInt is written as the number that it is.

/** What becomes of whole numbers beyond 2^53. `refuse`: one that would change is an error. */
export type BigNumbers = 'refuse' | 'string' | 'bigint';

/** A number that would not be read as it stands there. */
export class NumberChangesError extends Error {
  override readonly name = 'NumberChangesError';
}

/** Texts without these have no such number; what has them may have it in a string. Both begin with a digit, which is faster to look for. */
const mayBeBig = /\d(?:\d{15}|(?:\.\d+)?[eE]\+?\d{3})/;
const wholeNumber = /^(-?\d+)(?:\.0+)?$/;

type Revive = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
// TypeScript does not know yet that a reviver is told the text of a number, nor of raw JSON.
const parseWithSource = JSON.parse as (text: string, revive: Revive) => unknown;
/** What `JSON.stringify` writes as this text. */
export const rawJson = (JSON as typeof JSON & { rawJSON(text: string): unknown }).rawJSON;

/** As `JSON.parse`. Throws a {@link NumberChangesError} where a number would change. */
export function parseJson(text: string, bigNumbers: BigNumbers): unknown {
  if (!mayBeBig.test(text)) return JSON.parse(text) as unknown;
  return parseWithSource(text, (_, value, { source }) =>
    typeof value === 'number' && source !== undefined && !Number.isSafeInteger(value)
      ? kept(value, source, bigNumbers)
      : value,
  );
}

function kept(value: number, source: string, bigNumbers: BigNumbers): unknown {
  if (!Number.isFinite(value)) {
    if (bigNumbers === 'string') return source;
    throw new NumberChangesError(
      `has the number ${shown(source)}, which is larger than any in JavaScript; --big-numbers string keeps it as text`,
    );
  }
  const [, whole] = wholeNumber.exec(source) ?? [];
  if (whole === undefined) return value;
  if (bigNumbers === 'string') return whole;
  const exact = BigInt(whole);
  if (bigNumbers === 'bigint') return exact;
  if (exact === BigInt(value)) return value;
  throw new NumberChangesError(
    `has the number ${shown(source)}, which JavaScript would change to ${BigInt(value)}; keep it with --big-numbers string or bigint`,
  );
}

function shown(source: string): string {
  return source.length > 40 ? `${source.slice(0, 40)}…` : source;
}

/** As `JSON.stringify`, with a BigInt as a number. Undefined where there is nothing to write. */
export function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    // To look at each part costs three times as much, and most values have no BigInt.
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(value, bigIntAsNumber);
  }
}

function bigIntAsNumber(_: string, part: unknown): unknown {
  return typeof part === 'bigint' ? rawJson(String(part)) : part;
}
