// Methods that can be taken apart from their object: `const { run, close } = pool`.
import { define } from './foreign.ts';

type Method = (...args: unknown[]) => unknown;
type Methods = Record<PropertyKey, unknown>;

/**
 * Binds methods to their object, as properties that a loop over keys does not show. For objects that live long: it costs about
 * a tenth of a microsecond for each method. A subclass that overrides one has its own bound.
 *
 * @param passedOn Methods of the class that only call the same of another object, and that object: its methods, which are
 *   bound, take their place, for one step less in each call. One that was overridden, or wrapped by who watches calls, stays.
 */
export function bindMethods<T extends object>(
  object: T,
  names: readonly (keyof T)[],
  passedOn?: { readonly methods: object; readonly to: object },
): void {
  for (const name of names) {
    const method = object[name] as unknown as Method;
    const isPassedOn = passedOn !== undefined && method === (passedOn.methods as Methods)[name];
    define(object, name, isPassedOn ? (passedOn.to as Methods)[name] : bound(object, method, name), false);
  }
}

/** `await using` of Node 24 takes a bound function for none. */
function bound(object: object, method: Method, name: PropertyKey): Method {
  return typeof name === 'symbol' ? (...args) => Reflect.apply(method, object, args) : method.bind(object);
}
