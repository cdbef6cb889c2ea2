// Runs under jest and under vitest, whose realms are not Node's own: globals such as Map, Error and Object are others there.
import { isDeepStrictEqual } from 'node:util';

import { NotSerializableError, Pool } from '../../dist/index.js';
import * as own from '../tasks/values.ts';
import * as tasks from './tasks.js';

/** Results of the platform may be of the realm outside; what they hold counts. */
const looksSame = (one, other) => isDeepStrictEqual(structuredClone(one), structuredClone(other));

/** What the structured clone of the runner itself cannot compare. */
const isPlainData = (name) => !/error|URL|Buffer/i.test(name);

for (const kind of ['inline', 'thread', 'process']) {
  describe(`over ${kind}`, () => {
    let pool;
    beforeAll(() => (pool = new Pool({ kind, workers: 1 })));
    afterAll(() => pool.close());

    test('each value in each container arrives', async () => {
      const wrong = [];
      for (const [place, { wrap, arrives = wrap, isError }] of Object.entries(own.containers)) {
        if (isError) continue;
        for (const [name, value] of Object.entries(own.telling)) {
          if (!isPlainData(name)) continue;
          if (!looksSame(await pool.run(tasks.echo, wrap(value)), arrives(value))) wrong.push([name, place]);
        }
        for (const [name, { value, arrives: as }] of Object.entries(own.changing)) {
          if (!looksSame(await pool.run(tasks.echo, wrap(value)), arrives(as))) wrong.push([name, place]);
        }
      }
      expect(wrong).toEqual([]);
    });

    test('what cannot cross is refused', async () => {
      for (const { value, why } of Object.values(own.refused)) {
        const reason = await pool.run(tasks.echo, { deep: [value] }).catch((error) => error);
        expect(reason).toBeInstanceOf(NotSerializableError);
        expect(reason.path).toMatch(/^args\[0\]\.deep\[0\]/);
        expect(reason.message).toMatch(why);
      }
    });

    test('Buffers, URLs, errors and portable instances arrive as themselves, in Maps and Sets too', async () => {
      const given = new Map([
        ['buffer', Buffer.from('bytes')],
        ['url', new URL('https://example.com/')],
        ['error', Object.assign(new TypeError('kept', { cause: new RangeError('inner') }), { code: 'E' })],
        ['money', new tasks.Money(5)],
        ['set', new Set([new tasks.Secret('sesame')])],
      ]);
      const back = await pool.run(tasks.echo, { given: [given] });
      const map = new Map(back.given[0]);
      expect(Buffer.isBuffer(map.get('buffer')) && map.get('buffer').toString()).toBe('bytes');
      expect(map.get('url').href).toBe('https://example.com/');
      expect(map.get('error')).toBeInstanceOf(TypeError);
      expect(map.get('error').cause).toBeInstanceOf(RangeError);
      expect(map.get('error').code).toBe('E');
      expect(map.get('money')).toBeInstanceOf(tasks.Money);
      expect([...map.get('set')][0].word).toBe('sesame');
    });

    test('errors, events and abort reasons are what they are', async () => {
      const error = await pool.run(tasks.fail, 'range').catch((reason) => reason);
      expect(error).toBeInstanceOf(RangeError);
      expect(error.cause).toBeInstanceOf(TypeError);
      expect(error.code).toBe('E_RANGE');
      expect(error.stack).toMatch(/submitted from/);
      expect((await pool.run(tasks.fail, 'event').catch((reason) => reason)).message).toMatch(/a thrown Event/);
      const dom = await pool.run(tasks.fail, 'dom').catch((reason) => reason);
      expect([dom.name, dom.message, dom.code]).toEqual(['AbortError', 'stopped', 20]);
      const controller = new AbortController();
      const waiting = pool.with({ signal: controller.signal }).run(tasks.sleep, 60_000);
      const reason = new Error('enough');
      setTimeout(() => controller.abort(reason), 50);
      expect(await waiting.catch((rejected) => rejected)).toBe(reason);
    });

    test('maps, streams, reports, retries and streamed arguments work', async () => {
      expect([...(await pool.map(tasks.echo, new Set([1, 2])).toArray())]).toEqual([1, 2]);
      const yielded = [];
      for await (const n of pool.stream(tasks.count, 3)) yielded.push(n);
      expect(yielded).toEqual([0, 1, 2]);
      const reports = [];
      await pool.with({ onReport: (value) => reports.push(value) }).run(tasks.report, { done: 1 });
      expect(reports).toEqual([{ done: 1 }]);
      const retry = { attempts: 2, on: ['error'], backoff: { initialMs: 1 } };
      await expect(pool.with({ retry }).run(tasks.fail, 'range')).rejects.toThrow('out of range');
      async function* numbers() {
        yield* [1, 2, 3];
      }
      expect(await pool.run(tasks.sum, numbers())).toBe(6);
    });

    test('memory that is transferred moves', async () => {
      const bytes = new Uint8Array(8).fill(3);
      expect([...(await pool.with({ transfer: [bytes.buffer] }).run(tasks.echo, bytes))]).toEqual(Array(8).fill(3));
      expect(bytes.length).toBe(0);
    });
  });
}
