// Methods of builtin prototypes, replaced by ones that throw, one after the other, and who called them meanwhile.
const holders = { Array: Array.prototype } as const;

/** `Array.prototype.map`, … All that are functions. */
export const methodNames: readonly string[] = Object.entries(holders).flatMap(([type, prototype]) =>
  Object.getOwnPropertyNames(prototype)
    .filter((name) => typeof (prototype as unknown as Record<string, unknown>)[name] === 'function')
    .map((name) => `${type}.prototype.${name}`),
);

const { defineProperty, getOwnPropertyDescriptor } = Object;
const descriptors = new Map(methodNames.map((name) => [name, getOwnPropertyDescriptor(...placeOf(name))]));
const getDescriptor = Map.prototype.get.bind(descriptors) as (name: string) => PropertyDescriptor;
const testOf = Function.prototype.call.bind(RegExp.prototype.test) as (pattern: RegExp, text: string) => boolean;
/** The innermost function on the stack that is no builtin. */
const caller = String.raw`^Error\n[^\n]*replaced-methods\.ts[^\n]*\n(?:[^\n]*<anonymous>\)?\n)*[^\n]*`;
const byPolyloop = new RegExp(String.raw`${caller}/src/(?!cli/)`);
const byNode = new RegExp(String.raw`${caller}\bnode:`);
/**
 * Node itself calls these: `pop` where it leaves an async context (so after each timer), `push` where it joins paths,
 * `shift` where a listener is removed, `splice` where a stream is unpiped, `unshift` where a thread starts. No program goes
 * on without them, so they throw for all others only.
 */
const neededByNode = ['pop', 'push', 'shift', 'splice', 'unshift'].map((name) => `Array.prototype.${name}`);
const isNeededByNode = Object.fromEntries(methodNames.map((name) => [name, neededByNode.includes(name)]));
const apply = Reflect.apply as (fn: unknown, self: unknown, args: ArrayLike<unknown>) => unknown;

let uses: string[] = [];

function placeOf(name: string): [object, string] {
  const [type = '', , method = ''] = name.split('.');
  return [holders[type as keyof typeof holders], method];
}

const places = Object.fromEntries(methodNames.map((name) => [name, placeOf(name)]));

export function replaceMethod(name: string): void {
  const { 0: holder, 1: method } = places[name] as [object, string];
  const real: unknown = getDescriptor(name).value;
  function value(this: unknown, ...args: readonly unknown[]): unknown {
    const { stack = '' } = new Error();
    if (isNeededByNode[name] === true && testOf(byNode, stack)) return apply(real, this, args);
    if (testOf(byPolyloop, stack)) uses[uses.length] = `${name} is called, ${stack}`;
    throw new Error(`${name} was replaced`);
  }
  defineProperty(holder, method, { value, configurable: true, writable: true, enumerable: false });
}

export function restoreMethod(name: string): void {
  const { 0: holder, 1: method } = places[name] as [object, string];
  defineProperty(holder, method, getDescriptor(name));
}

/** Calls of replaced methods by polyloop itself, since the last time that this was asked. */
export function takeUses(): readonly string[] {
  const taken = uses;
  uses = [];
  return taken;
}
