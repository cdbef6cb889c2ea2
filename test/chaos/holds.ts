// How long this process's own loop was held, by its work or because the machine had other things to do. What happens meanwhile is
// heard too late, and some of it cannot be told from what happened in time.

const lookMs = 5;
const keptMs = 60_000;

let lookedAt = performance.now();
let holds: { readonly endedAt: number; readonly ms: number }[] = [];

setInterval(() => {
  const now = performance.now();
  const ms = now - lookedAt - lookMs;
  if (ms > lookMs) holds.push({ endedAt: now, ms });
  if (holds.length > 1_000) holds = holds.filter(({ endedAt }) => endedAt > now - keptMs);
  lookedAt = now;
}, lookMs).unref();

/** All together, in milliseconds. */
export function heldMsSince(since: number): number {
  const before = holds.reduce((sum, { endedAt, ms }) => (endedAt > since ? sum + ms : sum), 0);
  return before + (performance.now() - lookedAt);
}
