// A task function: a function that can run elsewhere. Its identity is the URL of its module and its name; a worker
// finds it by importing the module, where `task()` registers it, or where it is a plain export.
import { DefinitionError } from '../errors.ts';
import { moduleUrl, type ModuleLocation } from './module-url.ts';
import { realm } from './realm.ts';

/** A function of any arguments, to be narrowed before it is called. */
export type AnyFunction = (...args: never[]) => unknown;

/** The identity of a task function. There is one object for each, so `===` compares them. */
export interface FunctionReference {
  readonly url: string;
  readonly name: string;
}

const referenceKey: unique symbol = Symbol.for('polyloop.reference') as never;

/** What marks a function as one that a worker can find. */
export interface TaskReference {
  readonly [referenceKey]: FunctionReference;
}

/** A function together with its identity. Called directly it is the plain function. */
export type TaskFunction<F extends AnyFunction = AnyFunction> = F & TaskReference;

/** What marks a function that a worker can find, but that no pool can run: one of its arguments is a function, a symbol, or a promise. */
export interface CannotCross {
  readonly [referenceKey]: OneOfItsArgumentsCannotCrossBetweenWorkers;
}

/** Its name is what the compiler says. */
interface OneOfItsArgumentsCannotCrossBetweenWorkers {
  readonly isFunctionOrSymbolOrPromise: true;
}

/** A function as `task` returns it: a {@link TaskFunction}, unless its types say that it can never be run elsewhere. */
export type TaskOf<F extends AnyFunction> =
  true extends CannotCrossOf<Parameters<F>> ? F & CannotCross : TaskFunction<F>;

/** Whether this is true of one of the arguments. What methods an object has says nothing: an instance of a portable class has some too. */
type CannotCrossOf<Args extends readonly unknown[]> = { [At in keyof Args]: Stays<Args[At]> }[number];
type Stays<T> = 0 extends 1 & T
  ? false
  : [T] extends [never]
    ? false
    : [T] extends [AnyFunction | symbol | Promise<unknown>]
      ? true
      : [T] extends [readonly (infer Element)[]]
        ? Stays<Element>
        : false;

/** The one reference object for this URL and name. */
export function reference(url: string, name: string): FunctionReference {
  let names = realm.references.get(url);
  if (names === undefined) realm.references.set(url, (names = new Map()));
  let found = names.get(name);
  if (found === undefined) names.set(name, (found = Object.freeze({ url, name })));
  return found;
}

/** Marks `fn` as the function that `to` names. */
export function refer<F extends AnyFunction>(fn: F, to: FunctionReference): TaskFunction<F> {
  return Object.defineProperty(fn, referenceKey, { value: to }) as TaskFunction<F>;
}

/** The identity of a task function; throws what to write instead where `fn` is none. */
export function referenceOf(fn: unknown, caller: string): FunctionReference {
  const found = typeof fn === 'function' ? (fn as Partial<TaskReference>)[referenceKey] : undefined;
  if (found !== undefined) return found;
  const given =
    typeof fn === 'function' ? `the plain function \`${fn.name || '(anonymous)'}\`` : `${String(fn)} (${typeof fn})`;
  throw new DefinitionError(
    `${caller} takes a task function; it was given ${given}. A worker finds a function by its module and its name: ` +
      'write task(import.meta, async function name(…) { … }), or take it from tasksFrom<typeof import(…)>(url).',
  );
}

/**
 * Makes a task function: one that a pool can run in another process or thread.
 *
 * Its identity is `meta.url` and its name; the worker imports the module by that URL, and this call registers the
 * function there, so it needs no export. It can stand in any module, also in the main script (which then keeps the
 * rest of its program behind `isMain(import.meta)`). Called directly it is the plain function.
 *
 * @param meta `import.meta`; a module URL; in a CommonJS module, `__filename`.
 * @param fn A function, sync or async, with a name that no other task function of the module has.
 * @param options `name`: the name to go by, where the function has none or another one is wanted.
 * @throws {DefinitionError} The function has no name, or the module already has a task function of that name.
 * @example
 * const double = task(import.meta, async function double(n: number) {
 *   return 2 * n;
 * });
 * await pool.run(double, 21); // 42, computed in a worker
 * await double(21);           // 42, computed here
 */
export function task<F extends AnyFunction>(
  meta: ModuleLocation,
  fn: F,
  options: { readonly name?: string } = {},
): TaskOf<F> {
  const url = moduleUrl(meta, 'task()');
  if (typeof fn !== 'function') {
    throw new DefinitionError(
      `task() takes a function as its second argument; it was given ${String(fn)} (${typeof fn}).`,
    );
  }
  const name = options.name ?? fn.name;
  if (name === '') {
    throw new DefinitionError(
      `task() was given an anonymous function in ${url}. A worker finds a task function by its name: write ` +
        'task(import.meta, async function name(…) { … }), or give one with task(import.meta, fn, { name }).',
    );
  }
  let registered = realm.functions.get(url);
  if (registered === undefined) realm.functions.set(url, (registered = new Map()));
  if (registered.has(name)) {
    throw new DefinitionError(
      `There are two task functions of the name \`${name}\` in ${url}; a worker could not tell them apart. ` +
        'Rename one, or give it a name of its own with task(import.meta, fn, { name }).',
    );
  }
  registered.set(name, fn);
  const wrapper = function (this: unknown, ...args: never[]): unknown {
    return fn.apply(this, args);
  };
  Object.defineProperty(wrapper, 'name', { value: name });
  Object.defineProperty(wrapper, 'length', { value: fn.length });
  // Which of the two it is differs in nothing but what the types allow.
  return refer(wrapper as F, reference(url, name)) as TaskOf<F>;
}
