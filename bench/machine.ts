// Where and when: figures of two machines, or of one that was busy, are not to be compared.
import { spawnSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';

/** Undefined where there is no python3. */
export function pythonVersion(): string | undefined {
  const { status, stdout } = spawnSync('python3', ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

export function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'an unknown processor';
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return [
    new Date().toISOString().slice(0, 10),
    `${availableParallelism()} × ${model}, ${gigabytes} GB`,
    `${type()} ${release()}`,
    `Node ${process.versions.node}`,
    pythonVersion() ?? 'no python3',
    `load before the start ${loadavg()[0]?.toFixed(2)}`,
  ].join(' · ');
}
