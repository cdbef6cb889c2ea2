// Flags of `node` that a worker takes over from its parent.

const notInherited =
  /^(-[epci]|--(eval|print|check|interactive|test|watch|inspect|run|input-type|cpu-prof|heap-prof|build-snapshot))/;

/** This process's own flags, without those that say what to run or that only one process at a time can have. */
export function inheritedFlags(execArgv: readonly string[]): string[] {
  const flags: string[] = [];
  for (let at = 0; at < execArgv.length; at++) {
    const flag = execArgv[at] ?? '';
    if (!notInherited.test(flag)) flags.push(flag);
    // A word that is no flag is the value of the flag before it.
    else if (execArgv[at + 1]?.startsWith('-') === false) at++;
  }
  return flags;
}
