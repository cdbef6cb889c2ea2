// How to go on with a run that was stopped.
const goOnFlags = ['--resume', '--resume-failed', '--retry-failed'];
const otherFlags = ['--append', '--overwrite'];

/** The command to go on with, or what would have been needed. */
export function resumeHint(argv: readonly string[], joblog: string | undefined): string {
  if (joblog === undefined) return 'With --joblog FILE it could go on from here.';
  const rest = argv.filter((arg) => !otherFlags.includes(arg));
  const goesOn = rest.some((arg) => goOnFlags.includes(arg));
  // Behind the subcommand, for at the end it could be the name of a file.
  const [subcommand = '', ...others] = rest;
  return `Go on with: polyloop ${[subcommand, ...(goesOn ? [] : ['--resume']), ...others].map(quoted).join(' ')}`;
}

/** As a shell would need it. */
function quoted(arg: string): string {
  return /^[\w@%+=:,./#-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", `'\\''`)}'`;
}
