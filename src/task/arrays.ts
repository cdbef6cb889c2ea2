// The methods of arrays that polyloop needs, taken when this module is loaded, as functions whose first argument is the
// array. A program, a test or a polyfill can replace a method of `Array.prototype` at any time; the core calls none of them.
// Where the core appends one value, it writes `list[list.length] = value`, which is as fast as the method.
import { uncurried } from './uncurried.ts';

const { prototype } = Array;

type List<T> = readonly T[];
type Each<T, R> = (value: T, index: number, list: T[]) => R;
type Guard<T, S extends T> = (value: T, index: number, list: T[]) => value is S;
interface Find {
  <T, S extends T>(list: List<T>, test: Guard<T, S>): S | undefined;
  <T>(list: List<T>, test: Each<T, unknown>): T | undefined;
}
interface Filter {
  <T, S extends T>(list: List<T>, test: Guard<T, S>): S[];
  <T>(list: List<T>, test: Each<T, unknown>): T[];
}
interface Every {
  <T, S extends T>(list: List<T>, test: Guard<T, S>): list is readonly S[];
  <T>(list: List<T>, test: Each<T, unknown>): boolean;
}
type Test = <T>(list: List<T>, test: Each<T, unknown>) => boolean;
type FindIndex = <T>(list: List<T>, test: Each<T, unknown>) => number;
type IndexOf = <T>(list: List<T>, value: T) => number;
type Append = <T>(list: T[], ...values: T[]) => number;
type Take = <T>(list: T[]) => T | undefined;

export const arrayAt = uncurried(prototype.at) as <T>(list: List<T>, index: number) => T | undefined;
export const arrayEntries = uncurried(prototype.entries) as <T>(list: List<T>) => ArrayIterator<[number, T]>;
export const arrayEvery = uncurried(prototype.every) as Every;
export const arrayFill = uncurried(prototype.fill) as <T>(list: T[], value: T, from?: number, to?: number) => T[];
export const arrayFilter = uncurried(prototype.filter) as Filter;
export const arrayFind = uncurried(prototype.find) as Find;
export const arrayFindIndex = uncurried(prototype.findIndex) as FindIndex;
export const arrayFindLast = uncurried(prototype.findLast) as Find;
export const arrayFindLastIndex = uncurried(prototype.findLastIndex) as FindIndex;
export const arrayFlat = uncurried(prototype.flat) as <T>(list: List<T | List<T>>) => T[];
export const arrayFlatMap = uncurried(prototype.flatMap) as <T, U>(list: List<T>, each: Each<T, U | List<U>>) => U[];
export const arrayIncludes = uncurried(prototype.includes) as <T>(list: List<T>, value: T) => boolean;
export const arrayIndexOf = uncurried(prototype.indexOf) as IndexOf;
export const arrayJoin = uncurried(prototype.join) as (list: List<unknown>, separator: string) => string;
export const arrayLastIndexOf = uncurried(prototype.lastIndexOf) as IndexOf;
export const arrayMap = uncurried(prototype.map) as <T, U>(list: List<T>, each: Each<T, U>) => U[];
export const arrayPop = uncurried(prototype.pop) as Take;
export const arrayPush = uncurried(prototype.push) as Append;
export const arrayReduce = uncurried(prototype.reduce) as <T, U>(
  list: List<T>,
  each: (sum: U, value: T, index: number) => U,
  first: U,
) => U;
export const arrayShift = uncurried(prototype.shift) as Take;
export const arraySlice = uncurried(prototype.slice) as <T>(list: List<T>, from?: number, to?: number) => T[];
export const arraySome = uncurried(prototype.some) as Test;
export const arraySplice = uncurried(prototype.splice) as <T>(
  list: T[],
  at: number,
  count?: number,
  ...values: T[]
) => T[];
export const arrayToReversed = uncurried(prototype.toReversed) as <T>(list: List<T>) => T[];
export const arrayToSorted = uncurried(prototype.toSorted) as <T>(
  list: List<T>,
  order?: (one: T, other: T) => number,
) => T[];
export const arrayUnshift = uncurried(prototype.unshift) as Append;
export const arrayValues = uncurried(prototype.values) as <T>(list: List<T>) => ArrayIterator<T>;
