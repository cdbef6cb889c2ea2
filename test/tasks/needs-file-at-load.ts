// A module that loads only while a file is there.
import { readFileSync } from 'node:fs';

readFileSync(process.env['POLYLOOP_TEST_FILE'] ?? '');

export function any(): string {
  return 'it is there';
}
