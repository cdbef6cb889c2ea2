// Numbers as people read them. Not by Intl, which takes 20 ms to be ready: a sixth of the time in which the command starts.

export function count(value: number): string {
  return value.toFixed(0).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}

/** With a tenth where there is one. */
function one(value: number): string {
  return `${Number(value.toFixed(1))}`;
}

export function plural(value: number, what: string, many = `${what}s`): string {
  return `${count(value)} ${value === 1 ? what : many}`;
}

/** Of so many in so many milliseconds. */
export function rateOf(value: number, ms: number): string {
  const rate = value / Math.max(0.001, ms / 1_000);
  return `${rate < 10 ? one(rate) : count(rate)}/s`;
}

export function time(ms: number): string {
  if (ms < 10) return `${one(ms)} ms`;
  if (ms < 1_000) return `${count(ms)} ms`;
  if (ms < 60_000) return `${one(ms / 1_000)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
}

/** Of a whole run: its tenths of a second are fine enough. */
export function elapsed(ms: number): string {
  return ms < 60_000 ? `${(ms / 1_000).toFixed(1)} s` : time(ms);
}

export function size(bytes: number): string {
  return bytes < 1e9 ? `${count(bytes / 1e6)} MB` : `${one(bytes / 1e9)} GB`;
}
