/**
 * A method as a function whose first argument is `this`. A call of that function looks up nothing that a program can
 * replace, and the engine inlines it.
 */
export function uncurried<This, Args extends unknown[], R>(
  method: (this: This, ...args: Args) => R,
): (self: This, ...args: Args) => R {
  return Function.prototype.call.bind(method) as (self: This, ...args: Args) => R;
}
