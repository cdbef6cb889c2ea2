// The first line of a run in its job log.
import { readFileSync } from 'node:fs';

import { formatVersion, type HeaderEntry } from './entries.ts';
import { inputIdentities, moduleHash, shortHash } from './identity.ts';
import { seenFrom } from './keep.ts';
import { jsonText } from '../json.ts';
import { coreCount } from '../quantities.ts';

export interface HeaderOf {
  readonly type: HeaderEntry['type'];
  /** In milliseconds since 1970. */
  readonly at: number;
  readonly fn: string;
  readonly url: string;
  readonly args: unknown;
  readonly keep: readonly string[] | undefined;
  readonly batch: number | undefined;
  readonly files: readonly string[];
  readonly joblog: string | undefined;
  readonly output: { readonly file: string; readonly format: string; readonly startsAt: number } | undefined;
  readonly errors: { readonly file: string; readonly startsAt: number } | undefined;
  readonly given: Readonly<Record<string, unknown>>;
}

export function headerOf({
  type,
  at,
  fn,
  url,
  args,
  keep,
  batch,
  files,
  joblog,
  output,
  errors,
  given,
}: HeaderOf): HeaderEntry {
  const seen = (file: string): string => (joblog === undefined ? file : seenFrom(joblog, file));
  return {
    type,
    format: formatVersion,
    version: ownVersion(),
    at,
    pid: process.pid,
    announces: true,
    function: fn,
    module: moduleHash(url),
    ...(args !== undefined && { args: shortHash(jsonText(args) ?? '') }),
    ...(keep !== undefined && { keep }),
    ...(batch !== undefined && { batch }),
    inputs: inputIdentities(files),
    ...(output !== undefined && { output: { ...output, file: seen(output.file) } }),
    ...(errors !== undefined && { errors: { ...errors, file: seen(errors.file) } }),
    options: given,
    on: `Node ${process.versions.node}, ${process.platform} ${process.arch}, ${coreCount()} cores`,
  };
}

/** What is not as it was when the run began, for whoever goes on with it. */
export function differences(now: HeaderEntry, before: HeaderEntry): string[] {
  return [
    ...(now.function === before.function ? [] : [`the function was ${before.function}, and is ${now.function}`]),
    ...(now.module === before.module || now.function !== before.function ? [] : [`${now.function} was changed`]),
    ...(now.args === before.args ? [] : ['--args was other']),
    ...(now.keep?.join() === before.keep?.join() ? [] : ['--keep was other']),
  ];
}

export function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return version;
}
