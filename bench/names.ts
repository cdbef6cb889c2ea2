// Names given on the command line, checked against those that there are.

export function knownName<Name extends string>(option: string, given: string, known: readonly Name[]): Name {
  const found = known.find((name) => name === given);
  if (found !== undefined) return found;
  const what = given === '' ? `${option} is missing` : `${option} does not know \`${given}\``;
  console.error(`${what}; it takes: ${known.join(', ')}.`);
  return process.exit(2);
}

/** `a,b`, or all where nothing was given. */
export function knownNames<Name extends string>(
  option: string,
  given: string | undefined,
  known: readonly Name[],
): Name[] {
  if (given === undefined) return [...known];
  return given.split(',').map((name) => knownName(option, name.trim(), known));
}

export function wholeNumber(option: string, given: string): number {
  const number = Number(given);
  if (Number.isInteger(number) && number >= 1) return number;
  console.error(`${option} takes a whole number, 1 or more; it was given ${given}.`);
  return process.exit(2);
}
