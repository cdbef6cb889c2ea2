// Many numbers in little text: each takes as many bytes as it has groups of seven bits, and the bytes are base64. Most
// numbers of a page are small (how far from the one before, how long, how many), so most take one byte.

/** Whole numbers from 0 to 2^53. */
export function encodeNumbers(numbers: Iterable<number>): string {
  const bytes: number[] = [];
  for (let number of numbers) {
    // Not by bits: those would be cut off after 32.
    for (; number >= 128; number = Math.floor(number / 128)) bytes.push((number % 128) + 128);
    bytes.push(number);
  }
  return Buffer.from(bytes).toString('base64');
}

/** So that numbers below 0 can be written too: 0, -1, 1, -2 as 0, 1, 2, 3. */
export function folded(number: number): number {
  return number < 0 ? -2 * number - 1 : 2 * number;
}
