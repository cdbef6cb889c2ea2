// Temporal values on the wire. The structured clone refuses them, and a text would not do for all: it cannot tell 90 minutes
// from an hour and a half. So they are taken apart into what their constructors take, calendar and time zone included.
import { arrayMap } from '../task/arrays.ts';

interface TemporalClass {
  new (...args: unknown[]): object;
  readonly prototype: object;
}

/** What a value's constructor takes. `read` calls a method or an accessor of the class itself, so it throws for what is no value of it. */
type Take = (read: (key: string, ...args: unknown[]) => unknown) => unknown[];

const isoDate = /^([+-]?\d+)-(\d\d)-(\d\d)/;
const timeParts = ['hour', 'minute', 'second', 'millisecond', 'microsecond', 'nanosecond'];
const durationParts = ['years', 'months', 'weeks', 'days', ...arrayMap(timeParts, (part) => `${part}s`)];

/** Year, month and day in the ISO calendar, whatever calendar the value has. */
function isoParts(read: Parameters<Take>[0]): [number, number, number] {
  const [, year, month, day] = isoDate.exec(String(read('toString', { calendarName: 'always' }))) ?? [];
  return [Number(year), Number(month), Number(day)];
}

const takes: Readonly<Record<string, Take>> = {
  Instant: (read) => [read('epochNanoseconds')],
  ZonedDateTime: (read) => arrayMap(['epochNanoseconds', 'timeZoneId', 'calendarId'], (key) => read(key)),
  PlainDate: (read) => [...isoParts(read), read('calendarId')],
  PlainDateTime: (read) => [...isoParts(read), ...arrayMap(timeParts, (key) => read(key)), read('calendarId')],
  PlainTime: (read) => arrayMap(timeParts, (key) => read(key)),
  PlainYearMonth(read) {
    const [year, month, day] = isoParts(read);
    return [year, month, read('calendarId'), day];
  },
  PlainMonthDay(read) {
    const [year, month, day] = isoParts(read);
    return [month, day, read('calendarId'), year];
  },
  Duration: (read) => arrayMap(durationParts, (key) => read(key)),
};

function classNamed(name: string): TemporalClass | undefined {
  const temporal = (globalThis as { Temporal?: Record<string, TemporalClass> }).Temporal;
  return Object.hasOwn(takes, name) ? temporal?.[name] : undefined;
}

/** A Temporal value of any realm: the name of its class, and what the constructor of that takes. Undefined where it is none. */
export function takeTemporal(value: object): { name: string; args: unknown[] } | undefined {
  try {
    const tag = (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
    if (typeof tag !== 'string' || !tag.startsWith('Temporal.')) return undefined;
    const name = tag.slice('Temporal.'.length);
    const prototype = classNamed(name)?.prototype;
    const take = takes[name];
    if (prototype === undefined || take === undefined) return undefined;
    const args = take((key, ...given) => {
      const own = Object.getOwnPropertyDescriptor(prototype, key);
      return (own?.get?.call(value) ??
        (own?.value as (() => unknown) | undefined)?.apply(value, given as [])) as unknown;
    });
    return { name, args };
  } catch {
    // It only looks like one.
    return undefined;
  }
}

/** Throws where there is no such value, or no such class here. */
export function makeTemporal(name: string, args: readonly unknown[]): object {
  const type = classNamed(name);
  if (type === undefined) throw new TypeError(`there is no Temporal.${name} here; this Node has none`);
  return new type(...args);
}
