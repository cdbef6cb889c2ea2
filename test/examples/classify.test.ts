// Labels from a chat API that limits its callers, fails and talks nonsense.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';

import { folderOf, recordsOf, root, shell, shownIn } from '../support/examples.ts';
import { onceOf, watch } from '../support/pools.ts';
import { reply, serve, type WebServer } from '../support/web-server.ts';

watch();

const { command, records: shown } = shownIn('classify');
const shipped = readFileSync(join(root, 'examples/classify/rows.csv'), 'utf8');

const windowMs = 250;
/** How many calls within that time the command may make; and how many the server, which is stricter, takes. */
const rateLimit = 10;
const serverLimit = 8;

const further = ['Give me my money back, now!', 'Thank you,\nall of you', 'Where are you?'];
const furtherCount = 14;

function labelOf(text: string): string {
  if (/money/.test(text)) return 'refund';
  return /thank you/i.test(text) ? 'praise' : 'question';
}

interface ChatApi {
  readonly server: WebServer;
  /** What it was asked for when there were too many calls, and when it said so. */
  readonly turnedAway: ReadonlyMap<string, number>;
  /** What it was asked for again before the second was over that it had asked for. */
  readonly tooEarly: readonly string[];
}

async function serveChat(t: TestContext): Promise<ChatApi> {
  const taken: number[] = [];
  const turnedAway = new Map<string, number>();
  const tooEarly: string[] = [];
  const askedFor = new Set<string>();
  const server = await serve(t, ({ path, headers, body, atMs, response }) => {
    if (path !== '/v1/chat/completions' || headers.authorization !== 'Bearer sesame')
      return reply(response, 401, 'who are you?');
    const { messages } = JSON.parse(body) as { readonly messages: readonly { readonly content: string }[] };
    const text = messages[1]?.content ?? '';
    if (atMs - (turnedAway.get(text) ?? -Infinity) < 990) tooEarly.push(text);
    if (taken.filter((at) => at > atMs - windowMs).length >= serverLimit) {
      turnedAway.set(text, performance.now());
      return reply(response, 429, 'too many', { 'retry-after': '1' });
    }
    taken.push(atMs);
    const isFirst = !askedFor.has(text);
    const isOneIn = (number: number): boolean => isFirst && askedFor.size % number === 0;
    askedFor.add(text);
    if (isOneIn(5)) return reply(response, 500, 'oh');
    const label = isOneIn(9) ? 'weather' : labelOf(text);
    const content = isOneIn(7) ? 'I think it is {' : JSON.stringify({ label });
    reply(response, 200, JSON.stringify({ choices: [{ message: { content } }] }));
  });
  return { server, turnedAway, tooEarly };
}

/** How many of these times lie in the fullest window. */
function mostInWindow(times: readonly number[]): number {
  return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + windowMs).length));
}

it('labels every row, asks again where it must, waits as long as it is told to, and keeps to the rate', async (t) => {
  const texts = Array.from({ length: furtherCount }, (_, n) => `${further[n % further.length]} (${n})`);
  const rows = shipped + texts.map((text, n) => `${shown.length + n + 1},"${text}"\n`).join('');
  const expected = [
    ...shown.map(({ value }) => value as { readonly id: string }).toSorted((a, b) => Number(a.id) - Number(b.id)),
    ...texts.map((text, n) => ({ id: `${shown.length + n + 1}`, label: labelOf(text) })),
  ];

  const labelAll = async (): Promise<number> => {
    const { server, turnedAway, tooEarly } = await serveChat(t);
    const env = `API_URL=${server.url}/v1\nAPI_KEY=sesame\nAPI_MODEL=tiny\n`;
    const folder = folderOf('classify', ['classify.ts'], { 'rows.csv': rows, 'api.env': env });
    const ended = await shell(`${command} -j 2 --rate ${rateLimit}/${windowMs}ms`, folder);
    const records = recordsOf(ended.stdout).toSorted((one, other) => one.seq - other.seq);
    assert.deepEqual(
      records.map(({ value }) => value),
      expected,
    );
    assert.equal(ended.code, 0);
    const tries = records.reduce((sum, { attempts }) => sum + attempts, 0);
    assert.equal(tries, server.visits.length);
    assert.ok(turnedAway.size > 0 && tries > expected.length + turnedAway.size);
    assert.deepEqual(tooEarly, []);
    return mostInWindow(server.visits.map(({ atMs }) => atMs));
  };
  // A call is on its way for longer or shorter, so a window may hold a few more here than start in one. Without a rate it holds all.
  await onceOf(3, labelAll, (most) => most <= 1.5 * rateLimit);
});
