// Times, sizes and counts as they are read: two or three figures are enough. Where the page is written and in the page alike.

/** One at which no line ends. */
const space = '\u00a0';
const wholes = new Intl.NumberFormat('en');

/**
 * `1,234`.
 * @param {number} value
 * @returns {string}
 */
export function count(value) {
  return wholes.format(Math.round(value));
}

/**
 * `1 task`, `2 tasks`.
 * @param {number} value
 * @param {string} what
 * @returns {string}
 */
export function plural(value, what) {
  return `${count(value)} ${what}${value === 1 ? '' : 's'}`;
}

/**
 * `0.04`, `3.2`, `128`, `1,234`.
 * @param {number} value
 * @returns {string}
 */
export function figure(value) {
  if (Math.abs(value) >= 99.5) return count(value);
  return String(Number(value.toPrecision(2)));
}

/**
 * `12 ms`, `3.4 s`, `2 min 14 s`, `1 h 5 min`.
 * @param {number} ms
 * @returns {string}
 */
export function time(ms) {
  if (ms < 999.5) return `${figure(ms)}${space}ms`;
  if (ms < 59_950) return `${Number((ms / 1000).toPrecision(3))}${space}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return pair(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  return pair(Math.floor(seconds / 3600), 'h', Math.floor((seconds % 3600) / 60), 'min');
}

/**
 * @param {number} large
 * @param {string} unit
 * @param {number} small
 * @param {string} smallUnit
 */
function pair(large, unit, small, smallUnit) {
  const first = `${count(large)}${space}${unit}`;
  return small === 0 ? first : `${first}${space}${small}${space}${smallUnit}`;
}

/**
 * `78 MB`.
 * @param {number} bytes
 * @returns {string}
 */
export function size(bytes) {
  return bytes < 1e9 ? `${figure(bytes / 1e6)}${space}MB` : `${figure(bytes / 1e9)}${space}GB`;
}

/**
 * `3 %`; of what there is some is never 0 %, and what is not all is never 100 %.
 * @param {number} part
 * @param {number} whole
 * @returns {string}
 */
export function share(part, whole) {
  const percent = whole === 0 ? 0 : (part / whole) * 100;
  if (percent > 0 && percent < 1) return percent < 0.1 ? `under 0.1${space}%` : `${percent.toFixed(1)}${space}%`;
  if (percent > 99 && percent < 100) return percent > 99.9 ? `over 99.9${space}%` : `${percent.toFixed(1)}${space}%`;
  return `${Math.round(percent)}${space}%`;
}

/**
 * The day and the time, where it is written.
 * @param {number} msSince1970
 * @returns {string}
 */
export function moment(msSince1970) {
  return new Date(msSince1970).toLocaleString('en-GB', { dateStyle: 'long', timeStyle: 'long' });
}
