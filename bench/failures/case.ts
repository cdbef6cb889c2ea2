// What a case is: one failure, the same for every peer, and what is found.
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';

import type { Peer } from './peers/peer.ts';

export interface Case {
  readonly name: string;
  /** What is asked, as it stands in the table. `holds` is yes to all of it. */
  readonly question: string;
  /** What is done, and what counts. */
  readonly setUp: string;
  /** Why this peer is not asked. */
  notFor?(peer: Peer): string | undefined;
  happen(peer: Peer, found: Findings): Promise<void>;
  /** A program of its own, where it is the program's end that counts; `happen` starts it. */
  program?(peer: Peer): Promise<void>;
}

/** What the process of one (peer, case) prints, as a line of JSON. */
export type Report =
  | { readonly is: 'not asked'; readonly why: string }
  | { readonly is: 'asked'; readonly broken: readonly string[]; readonly notes: readonly string[] };

export class Findings {
  readonly broken: string[] = [];
  readonly notes: string[] = [];

  expect(isSo: boolean, otherwise: string): void {
    if (!isSo) this.broken.push(otherwise);
  }

  /** That each of them fulfilled with its value; tells how many did not, and what became of the first. */
  expectAll(ends: readonly (readonly [End, unknown])[], which: string): void {
    const lost = ends.filter(([end, value]) => !hasValue(end, value));
    const [first] = lost;
    if (first !== undefined) this.broken.push(`${lost.length} of ${ends.length} ${which} lost: ${told(first[0])}`);
  }

  note(what: string): void {
    this.notes.push(what);
  }
}

export type End =
  | { readonly is: 'fulfilled'; readonly value: unknown }
  | { readonly is: 'rejected'; readonly reason: unknown }
  | { readonly is: 'pending'; readonly afterMs: number };

/** How long a promise may take, where nothing else is said. */
export const patienceMs = 5_000;

/** How a call ends, or that it does not. What is thrown before there is a promise is a rejection like any other. */
export async function endOf(call: () => Promise<unknown>, withinMs = patienceMs): Promise<End> {
  const late = Promise.withResolvers<End>();
  const timer = setTimeout(() => late.resolve({ is: 'pending', afterMs: withinMs }), withinMs);
  try {
    return await Promise.race([call().then((value): End => ({ is: 'fulfilled', value })), late.promise]);
  } catch (reason) {
    return { is: 'rejected', reason };
  } finally {
    clearTimeout(timer);
  }
}

export function hasValue(end: End, value: unknown): boolean {
  return end.is === 'fulfilled' && end.value === value;
}

/** How an end that should not have been is told. */
export function told(end: End): string {
  if (end.is === 'pending') return `still pending after ${end.afterMs / 1_000} s`;
  if (end.is === 'fulfilled') return `fulfilled with ${inspect(end.value, { breakLength: Infinity })}`;
  return `rejected with “${firstLine(end.reason)}”`;
}

/** All that a rejection says: message, fields and causes. */
export function textOf(end: End): string {
  return end.is === 'rejected' ? inspect(end.reason, { depth: 6 }) : '';
}

export function firstLine(reason: unknown): string {
  return (reason instanceof Error ? reason.message : String(reason)).split('\n')[0] ?? '';
}

/** Whether it came to be so in time. */
export async function comesTrue(isSo: () => boolean, withinMs = patienceMs): Promise<boolean> {
  const giveUpAt = performance.now() + withinMs;
  while (!isSo()) {
    if (performance.now() > giveUpAt) return false;
    await sleep(10);
  }
  return true;
}
