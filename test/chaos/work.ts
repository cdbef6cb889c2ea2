// What a piece of work is to chaos: how it begins, and what it may come to.
import { isDeepStrictEqual } from 'node:util';

import { WorkerCrashedError, type Pool, type RetryOptions } from '../../src/index.ts';

export type FarKind = 'process' | 'thread';
export type End = PromiseSettledResult<unknown>;

/** Where work begins. */
export interface Scene {
  readonly pool: Pool;
  /** From 0 to before 1. */
  readonly chance: () => number;
  /** A number that no other task has. */
  readonly newId: () => number;
  /** True where this is explained by what was done to the pool as a whole: it was closed, or its workers killed as they started. */
  isExcused(reason: unknown): boolean;
}

/** Work that has begun. */
export interface Work {
  readonly promise: Promise<unknown>;
  /** Whether it may come to this by itself. */
  readonly mayBe: (end: End) => boolean;
  /** It is tried again after each crash, so that to be rejected with a crash is no excuse. */
  readonly isHardy?: boolean;
  /** The id of its task, if it is a single one. */
  readonly id?: number;
  /** Whether it must not have begun in any worker, where it ended so. */
  readonly neverBegan?: (end: End) => boolean;
}

/** A kind of work. */
export interface Kind {
  readonly name: string;
  /** How often it is chosen, beside the others. */
  readonly weight: number;
  /** It takes its worker down. Such work comes at a rate of its own: workers take long to replace. */
  readonly isDeadly?: boolean;
  /** Where it can be done; undefined for both. */
  readonly over?: FarKind;
  begin(scene: Scene): Work;
}

/** Something came that the kind of work does not allow. */
export class Wrong extends Error {
  override readonly name: string = 'Wrong';
}

/** So often that nobody is unlucky enough to use it up, and without much of a wait. */
export const hardy: RetryOptions = { on: ['crash'], attempts: 1_000, backoff: { initialMs: 1, maxMs: 20 } };

/** A whole number from `low` to `high`. */
export function between(chance: () => number, low: number, high: number): number {
  return low + Math.floor(chance() * (high - low + 1));
}

export function fulfilledWith(value: unknown): (end: End) => boolean {
  return (end) => end.status === 'fulfilled' && isDeepStrictEqual(end.value, value);
}

export function fulfilledWhere(isRight: (value: unknown) => boolean): (end: End) => boolean {
  return (end) => end.status === 'fulfilled' && isRight(end.value);
}

/** Rejected with the very same thing. */
export function rejectedWith(reason: unknown): (end: End) => boolean {
  return (end) => end.status === 'rejected' && Object.is(end.reason, reason);
}

export function rejectedWhere<T extends Error>(
  type: abstract new (...args: never[]) => T,
  isRight: (error: T) => boolean = () => true,
): (end: End) => boolean {
  return (end) => end.status === 'rejected' && end.reason instanceof type && isRight(end.reason);
}

/** Rejected with the error with which the task of that id fails on purpose. */
export function failedOnPurpose(id: number, attempt = 1): (end: End) => boolean {
  return rejectedWhere(
    RangeError,
    (error) => isFailureOf(id, error) && 'attempt' in error && error.attempt === attempt,
  );
}

export function isFailureOf(id: number, error: unknown): boolean {
  return error instanceof RangeError && 'id' in error && error.id === id && error.message === `failed ${id}`;
}

export function anyOf(...tests: readonly ((end: End) => boolean)[]): (end: End) => boolean {
  return (end) => tests.some((test) => test(end));
}

export function nothing(): boolean {
  return false;
}

/** A crash, and told as one: with tasks, and with how the worker ended. */
export function isCrash(reason: unknown): boolean {
  return (
    reason instanceof WorkerCrashedError &&
    reason.taskIds.length > 0 &&
    reason.pid !== undefined &&
    (reason.exitCode !== null || reason.signal !== null)
  );
}

/** What an end is called in the summary. */
export function labelOf(end: End): string {
  if (end.status === 'fulfilled') return 'fulfilled';
  const { reason } = end;
  return reason instanceof Error ? reason.name : 'what is no error';
}

/** For people. */
export function inWords(end: End): string {
  if (end.status === 'fulfilled') return `fulfilled with ${String(end.value)}`;
  const { reason } = end;
  return `rejected with ${reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)}`;
}
