// `--env-file` for threads. Node takes the flag for a thread and reads no file.
import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

type Environment = Readonly<Record<string, string | undefined>>;

/** True for flags that name such files. */
export function namesEnvFile(flag: string): boolean {
  return /^--env-file(-if-exists)?(=|$)/.test(flag);
}

/** The environment with the variables of the files that it does not have, as Node adds them for a process: of several files the last counts. Throws where there is no such file. */
export function withEnvFiles(flags: readonly (readonly string[])[], env: Environment = {}): Environment {
  const added: Record<string, string | undefined> = {};
  for (const [flag = '', next = ''] of flags) {
    const equals = flag.indexOf('=');
    const file = equals < 0 ? next : flag.slice(equals + 1);
    if (flag.startsWith('--env-file-if-exists') && !existsSync(file)) continue;
    for (const [name, value] of Object.entries(parseEnv(readFileSync(file, 'utf8')))) {
      const isSet = Object.hasOwn(env, name) ? env[name] !== undefined : process.env[name] !== undefined;
      if (!isSet) added[name] = value;
    }
  }
  return { ...env, ...added };
}
