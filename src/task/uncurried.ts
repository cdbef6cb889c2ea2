/**
 * A method as a function whose first argument is `this`. A call of that function looks up nothing that a program can
 * replace, and the engine inlines it.
 */
export function uncurried<This, Args extends unknown[], R>(
  method: (this: This, ...args: Args) => R,
): (self: This, ...args: Args) => R {
  return Function.prototype.call.bind(method) as (self: This, ...args: Args) => R;
}

const sourceOf = uncurried(Function.prototype.toString);

/** What the source of a function says, which tells the engine's and Node's own from what has taken its place. */
export function hasSource(fn: unknown, pattern: RegExp): boolean {
  return typeof fn === 'function' && pattern.test(sourceOf(fn));
}

/** True for the function that the engine has by this name. */
export function isOfEngine(fn: unknown, name: string): boolean {
  return typeof fn === 'function' && sourceOf(fn) === `function ${name}() { [native code] }`;
}
