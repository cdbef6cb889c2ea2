// Numbers as people read them.
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const one = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

export function count(value: number): string {
  return whole.format(value);
}

export function plural(value: number, what: string, many = `${what}s`): string {
  return `${count(value)} ${value === 1 ? what : many}`;
}

/** Of so many in so many milliseconds. */
export function rateOf(value: number, ms: number): string {
  const rate = value / Math.max(0.001, ms / 1_000);
  return `${rate < 10 ? one.format(rate) : count(rate)}/s`;
}

export function time(ms: number): string {
  if (ms < 10) return `${one.format(ms)} ms`;
  if (ms < 1_000) return `${count(ms)} ms`;
  if (ms < 60_000) return `${one.format(ms / 1_000)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
}

/** Of a whole run: its tenths of a second are fine enough. */
export function elapsed(ms: number): string {
  return ms < 60_000 ? `${(ms / 1_000).toFixed(1)} s` : time(ms);
}

export function size(bytes: number): string {
  return bytes < 1e9 ? `${count(bytes / 1e6)} MB` : `${one.format(bytes / 1e9)} GB`;
}
