// Every value in every container, each way that it can cross. The other end compares what arrives with what it should be.
import { isDeepStrictEqual } from 'node:util';

import { context, task, type WorkerKind } from '../../src/index.ts';
import { WebAssembly } from '../support/web-assembly.ts';
import { Box, Money } from './portables.ts';
import { changing, containers, refused, telling, type Container } from './values.ts';

/** A value, and what it should come to. */
export interface Leaf {
  readonly value: unknown;
  readonly arrives?: unknown;
  readonly why?: RegExp;
  /** Where it is refused; undefined: wherever a reason is given. */
  readonly refusedOver?: readonly WorkerKind[];
}

const money = Object.assign(new Money(5), { parent: { of: 'it' } });
const compiled = new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));

export const leaves: Record<string, Leaf> = {
  ...Object.fromEntries(Object.entries(telling).map(([name, value]) => [name, { value }])),
  ...changing,
  ...refused,
  'a portable object': { value: money },
  'shared memory': { value: new SharedArrayBuffer(4), why: /only threads can share/, refusedOver: ['process'] },
  'a compiled module': { value: compiled, why: /only threads can share/, refusedOver: ['process'] },
  'an Event': { value: new Event('open'), why: /an Event/ },
};

export const places: Record<string, Container> = {
  ...containers,
  'in a portable object': { wrap: (value) => Object.assign(new Money(1), { parent: value }), path: '.parent' },
  'as the state of a portable object': { wrap: (value) => new Box(value), path: '[toWire]()' },
};

export type Case = readonly [leaf: string, place: string];

export const cases: readonly Case[] = Object.keys(leaves).flatMap((leaf) =>
  Object.keys(places).map((place): Case => [leaf, place]),
);

export function sentOf([leaf, place]: Case): unknown {
  return places[place]?.wrap(leaves[leaf]?.value);
}

/** True where a value is refused, alone and in all containers but errors. */
export function isRefused([leaf]: Case, kind: WorkerKind): boolean {
  const { why, refusedOver } = leaves[leaf] as Leaf;
  return why !== undefined && (refusedOver === undefined || refusedOver.includes(kind));
}

/** True where what arrived is what should. */
export function hasArrived([leaf, place]: Case, value: unknown): boolean {
  const { value: sent, ...rest } = leaves[leaf] as Leaf;
  const { wrap, arrives = wrap } = places[place] as Container;
  return isSame(value, arrives('arrives' in rest ? rest.arrives : sent));
}

function isSame(actual: unknown, expected: unknown): boolean {
  if (expected instanceof Box) return actual instanceof Box && isSame(actual.content, expected.content);
  return isDeepStrictEqual(actual, expected);
}

export const receive = task(import.meta, function receive([one, value]: readonly [Case, unknown]): boolean {
  return hasArrived(one, value);
});

export const give = task(import.meta, function give(one: Case): unknown {
  return sentOf(one);
});

export const yieldOne = task(import.meta, function* yieldOne(one: Case): Generator<unknown> {
  yield sentOf(one);
});

export const reportOne = task(import.meta, function reportOne(one: Case): void {
  context().report(sentOf(one));
});

export const throwOne = task(import.meta, function throwOne(one: Case): never {
  throw Object.assign(new Error('with a value'), { value: sentOf(one) });
});

export const keepAll = task(import.meta, function keepAll(...all: readonly (readonly [Case, unknown])[]): unknown {
  return all.filter(([one, value]) => !hasArrived(one, value)).map(([one]) => one);
});

export const kept = task(import.meta, function kept(): unknown {
  return context().worker.state;
});
