// Setups that do not go well.
import { appendFileSync, existsSync, rmSync } from 'node:fs';

import { task } from '../support/task.ts';

/** Goes well once. */
export const setUpOnce = task(import.meta, function setUpOnce(file: string): void {
  if (existsSync(file)) throw new Error('set up before');
  appendFileSync(file, 'set up\n');
});

/** Goes well only while the file is there. */
export const needsFile = task(import.meta, function needsFile(file: string): void {
  if (!existsSync(file)) throw Object.assign(new RangeError('the file is not there'), { code: 'E_FILE' });
});

export const neverSetUp = task(import.meta, function neverSetUp(): Promise<never> {
  return new Promise(() => {});
});

export const spinInSetup = task(import.meta, function spinInSetup(): never {
  for (;;);
});

/** Takes note, and then takes its worker down. */
export const diesInSetup = task(import.meta, function diesInSetup(file: string): never {
  appendFileSync(file, `${process.pid}\n`);
  process.exit(5);
});

/** Takes its worker down, and what the next one would need to be set up. */
export const exitForGood = task(import.meta, function exitForGood(file: string): never {
  rmSync(file);
  process.exit(1);
});
