// @ts-check
// What tasks write where the caller can read it, whatever becomes of their worker.
import { appendFileSync, readFileSync } from 'node:fs';

const file = String(process.env['FAILURES_LOG']);

/** @param {string} line */
export function log(line) {
  appendFileSync(file, `${line}\n`);
}

/** @returns {string[]} */
export function logged() {
  return readFileSync(file, 'utf8').split('\n').filter(Boolean);
}
