// Everything that a pool does, for programs that try it while something is not as usual. It calls no method of a builtin
// prototype itself, for these may have been replaced.
import {
  Pool,
  PoolClosedError,
  TaskNotFoundError,
  tasksFrom,
  TaskTimeoutError,
  type TaskReference,
  type WorkerKind,
} from '../../src/index.ts';
import { count, double, fails, failsFirst, reports, sum, waits } from '../tasks/fakes.ts';
import { same, sumOfAll, sumOfMessages } from '../tasks/replaced-methods.ts';

type AnyTask = ((...args: never[]) => unknown) & TaskReference;

/** A module that has none of the functions that are asked of it. A worker remembers each that it did not find. */
const noFunctions = tasksFrom(new URL('../tasks/fakes.ts', import.meta.url)) as Readonly<Record<string, AnyTask>>;
let asked = 0;

/** What did not come out right. */
export const faults: string[] = [];

class Odd extends RangeError {
  readonly code = 'ODD';
  readonly more = new Map([['a', new Set([1])]]);
}

export function check(isRight: boolean, what: string, more?: unknown): void {
  if (!isRight) faults[faults.length] = `${what} ${String((more as Error | undefined)?.stack ?? more)}`;
}

async function rejection(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return error;
  }
}

async function* upTo(n: number): AsyncGenerator<number> {
  for (let at = 1; at <= n; at++) yield at;
}

/** All in one turn of the loop, so that they share messages; each has its own outcome. */
async function runs(pool: Pool): Promise<void> {
  const sums: Promise<number>[] = [];
  for (let n = 0; n < 20; n++) sums[n] = pool.run(sum, n, 1);
  for (let n = 0; n < 20; n++) check((await sums[n]) === n + 1, `sum ${n}`);
  const value = {
    when: new Date(5),
    list: [1, [2, { n: 3n }]],
    map: new Map([['k', new Set(['v'])]]),
    at: new URL('file:///a'),
  };
  const back = await pool.run(same<typeof value>, value);
  check(back.when.getTime() === 5 && back.map.get('k')?.has('v') === true && back.at.href === 'file:///a', 'a value');
  check(back.list.length === 2 && (back.list[1] as [number, { n: bigint }])[1].n === 3n, 'a list');
  const bytes = await pool.run(same<Uint8Array[]>, [new Uint8Array([1, 2]), new Uint8Array(new ArrayBuffer(64), 8, 8)]);
  check(bytes.length === 2 && bytes[0]?.[1] === 2 && bytes[1]?.length === 8, 'bytes');
  const moved = new Uint8Array([7]);
  check((await pool.with({ transfer: [moved.buffer] }).run(same<Uint8Array>, moved))[0] === 7, 'moved bytes');
  check((await pool.run(sumOfAll, upTo(4))) === 10, 'an argument that is read');
}

async function failures(pool: Pool): Promise<void> {
  const failure = await rejection(pool.run(fails, 'its own'));
  check(failure instanceof RangeError && failure.message === 'its own', 'the error of a task', failure);
  const back = await pool.run(same<Error>, new Odd('odd', { cause: new AggregateError([new TypeError('deep')]) }));
  check((back as Odd).code === 'ODD' && (back as Odd).more.get('a')?.has(1) === true, 'an error with more', back);
  check((back.cause as AggregateError).errors[0] instanceof TypeError, 'an error in an error', back.cause);
  const refused = await rejection(pool.run(same<unknown>, { deep: [() => 1] }));
  check((refused as { code?: unknown } | undefined)?.code === 'ERR_NOT_SERIALIZABLE', 'a refused argument', refused);
  const missing = await rejection(pool.run(noFunctions[`nothing${++asked}`] as AnyTask));
  check(missing instanceof TaskNotFoundError && missing.message.includes('`sum`'), 'a missing function', missing);
  const late = await rejection(pool.with({ timeoutMs: 5 }).run(waits));
  check(late instanceof TaskTimeoutError, 'a timeout', late);
  check((await pool.with({ retry: { attempts: 3, backoff: { initialMs: 1 } } }).run(failsFirst, 2)) === 3, 'a retry');
  const controller = new AbortController();
  const cancelled = rejection(pool.with({ signal: controller.signal }).run(waits));
  await pool.run(sum, 1, 1);
  controller.abort();
  check((await cancelled) === controller.signal.reason, 'a cancelled task', await cancelled);
}

async function series(pool: Pool): Promise<void> {
  const inputs = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
  const doubled = await pool.map(double, inputs).toArray();
  for (let at = 0; at < 10; at++) check(doubled[at] === 2 * (at + 1), `item ${at} of a map`);
  let total = 0;
  for await (const value of pool.map(double, new Set(inputs), { ordered: false })) total += value;
  for await (const value of pool.map(double, upTo(3), { window: 1 })) total += value;
  for await (const value of pool.stream(count, 40)) total += value;
  for await (const value of pool.stream(count, 1_000)) if ((total += value) > 0) break;
  check(total === 110 + 12 + 780, 'the values of maps and streams', total);
  const settled = await pool.map(same<number>, inputs, { settled: true }).toArray();
  check(settled.length === 10 && settled[9]?.status === 'fulfilled', 'a settled map');
  const failed = await rejection(pool.map(fails, ['one', 'other']).toArray());
  check(failed instanceof RangeError, 'a failed map', failed);
  const talk = pool.stream(sumOfMessages);
  let heard = 0;
  await talk.send(2);
  for await (const value of talk) {
    heard = value;
    if (value >= 4) break;
    await talk.send(2);
  }
  check(heard === 4, 'messages', heard);
  let said = 0;
  check(
    (await pool.with({ onReport: (value) => (said += value as number) }).run(reports, 3)) === 3,
    'a task that reports',
  );
  check(said === 3, 'its reports', said);
  const all = await pool.broadcast(sum, 1, 1);
  check(all.length === pool.stats().workers.length && all[0] === 2, 'a broadcast');
  check(pool.inspect().length > 0, 'the text for people');
}

/** A pool from its first worker to its end, in good order and at once. */
export async function lives(kind: WorkerKind): Promise<void> {
  const closing = new Pool({ kind, workers: 1, concurrency: 1 });
  const [one, other] = [closing.run(sum, 1, 2), closing.run(sum, 3, 4)];
  const closed = closing.close();
  check((await one) === 3 && (await other) === 7, 'what runs while a pool closes');
  await closed;
  const ending = new Pool({ kind, workers: 1, concurrency: 1 });
  await ending.run(sum, 1, 1);
  const [running, waiting] = [rejection(ending.run(waits)), rejection(ending.run(waits))];
  await ending.terminate();
  check((await running) instanceof PoolClosedError && (await waiting) instanceof PoolClosedError, 'a terminated pool');
}

export async function everything(pool: Pool): Promise<void> {
  await runs(pool);
  await failures(pool);
  await series(pool);
}
