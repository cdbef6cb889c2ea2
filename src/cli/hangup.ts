// Whether a closed terminal is to end the command. Node takes the signals back that were ignored when it was started, as `nohup` does
// it, so that is looked for elsewhere.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** SIGHUP was ignored when this process was started, as far as that can be known. */
export function isHangupIgnored(env: NodeJS.ProcessEnv = process.env): boolean {
  // A shell tells a program by which path it was started; what nohup starts is told of nohup.
  if (basename(env['_'] ?? '') === 'nohup') return true;
  return [process.pid, process.ppid].some(ignoresHangup);
}

/** Its signals that are ignored are bits of a number, of which SIGHUP is the first. What ignores it has started us so. */
function ignoresHangup(pid: number): boolean {
  try {
    const [, ignored = '0'] = /^SigIgn:\s*([\da-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return (BigInt(`0x${ignored}`) & 1n) === 1n;
  } catch {
    // There is no such file on this system.
    return false;
  }
}
