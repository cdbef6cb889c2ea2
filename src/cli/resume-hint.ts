// How to go on with a run that was stopped.
import { visibleLine } from '../report/visible.ts';
import { UsageError } from './usage-error.ts';

const goOnFlags = ['--resume', '--resume-failed', '--retry-failed'];
const otherFlags = ['--append', '--overwrite'];

/** The command to go on with, or what would have been needed; `as`: what it is called by. */
export function resumeHint(argv: readonly string[], joblog: string | undefined, as: readonly string[]): string {
  if (joblog === undefined) return 'With --joblog FILE it could go on from here.';
  const rest = argv.filter((arg) => !otherFlags.includes(arg));
  const goesOn = rest.some((arg) => goOnFlags.includes(arg));
  // Behind the subcommand, for at the end it could be the name of a file.
  const [subcommand = '', ...others] = rest;
  return `Go on with: ${[...as, subcommand, ...(goesOn ? [] : ['--resume']), ...others].map(quoted).join(' ')}`;
}

/** The error that has ended a run; it says then how to go on with what is left. */
export function withGoOn(error: unknown, goOn: string): unknown {
  // Of others there is a stack to be seen.
  if (!(error instanceof UsageError)) return error;
  const { message, cause } = error;
  return new UsageError(`${message}${message.endsWith('.') ? '' : '.'} ${goOn}`, { cause });
}

const named: Readonly<Record<string, string>> = { '\n': 'n', '\r': 'r', '\t': 't' };

/** As a shell would need it; with the bytes of what could not be seen, or would not be taken for a text when it is pasted. */
function quoted(arg: string): string {
  if (visibleLine(arg) !== arg) {
    const plain = arg.replaceAll(/[\\']/g, String.raw`\$&`);
    return `$'${Array.from(plain, (each) => (visibleLine(each) === each ? each : bytesOf(each))).join('')}'`;
  }
  return /^(?!#)[\w@%+=:,./#-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", `'\\''`)}'`;
}

/** In octal, which has an end in every shell that knows this form. */
function bytesOf(character: string): string {
  const name = named[character];
  if (name !== undefined) return `\\${name}`;
  return Array.from(Buffer.from(character), (byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}
