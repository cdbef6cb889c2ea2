// Temporal values cross as themselves where Node has them, with calendar and time zone. The same over every transport.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runInThisContext } from 'node:vm';

import { foreign } from '../../support/realms.ts';
import { kinds, sharedPool, watch } from '../../support/pools.ts';
import { echo } from '../../tasks/basic.ts';

watch();

const hasTemporal = 'Temporal' in globalThis;

const expressions = [
  "Temporal.Instant.from('2024-02-29T12:34:56.123456789Z')",
  'new Temporal.Instant(-1n)',
  "Temporal.ZonedDateTime.from('2024-10-27T02:30:00+01:00[Europe/Berlin]')",
  "Temporal.ZonedDateTime.from('2024-10-27T02:30:00+02:00[Europe/Berlin][u-ca=hebrew]')",
  "Temporal.ZonedDateTime.from('2024-01-01T00:00+05:45[+05:45]')",
  "Temporal.ZonedDateTime.from('1900-01-01T00:00[Africa/Monrovia]')",
  "Temporal.PlainDate.from('2024-02-29')",
  "Temporal.PlainDate.from('-000044-03-15')",
  "Temporal.PlainDate.from('2024-02-29[u-ca=japanese]')",
  "Temporal.PlainDateTime.from('+012024-02-29T23:59:59.999999999[u-ca=islamic-umalqura]')",
  "Temporal.PlainTime.from('01:02:03.004005006')",
  "Temporal.PlainYearMonth.from('2024-02')",
  "Temporal.PlainYearMonth.from({ calendar: 'hebrew', year: 5784, monthCode: 'M05L' })",
  "Temporal.PlainMonthDay.from('02-29')",
  "Temporal.PlainMonthDay.from({ calendar: 'hebrew', monthCode: 'M05L', day: 1 })",
  'new Temporal.PlainMonthDay(2, 28, "iso8601", 2023)',
  'new Temporal.Duration(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)',
  'new Temporal.Duration(0, 0, 0, 0, 0, -90)',
  'Temporal.Duration.from({ milliseconds: 1_500 })',
];

interface Temporal {
  readonly constructor: { readonly name: string; compare?(one: unknown, other: unknown): number };
  toString(options?: object): string;
  equals?(other: unknown): boolean;
}

/** All that it says, in a way that tells 90 minutes from an hour and a half. */
function fieldsOf(value: Temporal): unknown[] {
  const accessors = Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(value) as object));
  const fields = accessors.filter(([, { get }]) => get !== undefined).map(([key]) => [key, (value as never)[key]]);
  return [value.constructor.name, value.toString({ calendarName: 'always' }), ...fields];
}

for (const kind of kinds) {
  describe(`Temporal values, over ${kind}`, { skip: hasTemporal ? false : 'this Node has no Temporal' }, () => {
    const shared = sharedPool({ kind, workers: 1 });

    for (const expression of expressions) {
      it(`arrive as themselves, of this realm or another: ${expression}`, async () => {
        const value = runInThisContext(expression) as Temporal;
        const given = [value, { deep: new Map([[foreign(expression), foreign(expression)]]) }];
        const [back, { deep }] = (await shared().run(echo, given)) as [Temporal, { deep: Map<Temporal, Temporal> }];
        for (const each of [back, ...deep.keys(), ...deep.values()]) {
          assert.equal(Object.getPrototypeOf(each), Object.getPrototypeOf(value));
          assert.deepEqual(fieldsOf(each), fieldsOf(value));
          if (value.equals !== undefined) assert.ok(value.equals(each));
        }
      });
    }

    it('are one object where they were one', async () => {
      const value = runInThisContext('Temporal.Now.instant()') as Temporal;
      const [one, other] = (await shared().run(echo, [value, value])) as Temporal[];
      assert.equal(one, other);
    });
  });
}
