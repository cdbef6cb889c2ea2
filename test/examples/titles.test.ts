// The titles of web pages, fetched from a server that has its days.
import assert from 'node:assert/strict';
import { it } from 'node:test';

import type { Line } from '../support/command.ts';
import { folderOf, recordsOf, shell, shownIn } from '../support/examples.ts';
import { until, watch } from '../support/pools.ts';
import { reply, serve, type Visit } from '../support/web-server.ts';

watch();

const { command, records: shown } = shownIn('titles');
const titles = new Map([
  ['/well', 'Shoes and Sons'],
  ['/fails-once', 'Boots'],
  ['/busy-once', 'Sandals'],
]);
const page = (title: string): string => `<!doctype html><html><head>\n<title>\n${title}</title></head></html>`;
const toldBy = ({ seq, ok, value, error, attempts }: Line) => ({ seq, ok, value, error: error?.name, attempts });

it('fetches each title, tries again what failed, gives up what does not answer, and ends its request', async (t) => {
  const server = await serve(t, ({ path, time, response }: Visit) => {
    if (path === '/silent') return;
    if (path === '/broken' || (path === '/fails-once' && time === 1)) reply(response, 500, 'oh');
    else if (path === '/busy-once' && time === 1) reply(response, 429, 'later', { 'retry-after': '1' });
    else reply(response, 200, page(titles.get(path) ?? ''));
  });
  const urls = [...titles.keys(), '/broken', '/silent'].map((path) => server.url + path);
  const folder = folderOf('titles', ['fetch-title.ts'], { 'urls.txt': urls.join('\n') });
  // With a grace that nobody here waits for: requests end by the signal, and not with their worker.
  const ended = await shell(`${command} -j 2 --timeout 1s --grace 1m`, folder);
  const records = recordsOf(ended.stdout);
  assert.deepEqual(records.map(toldBy), shown.map(toldBy));
  assert.equal(records[3]?.error?.message, `${server.url}/broken answered 500`);
  assert.equal(ended.code, 2);
  await until(() => server.leftBy.length === 2, 'each of two requests that were not answered has ended');
  assert.deepEqual(new Set(server.leftBy), new Set(['/silent']));
});

it('has a hundred requests under way at once', async (t) => {
  const waiting: Visit[] = [];
  const server = await serve(t, (visit) => {
    // Nobody is answered before all are there.
    waiting.push(visit);
    if (waiting.length === 100) for (const { path, response } of waiting) reply(response, 200, page(path));
  });
  const urls = Array.from({ length: 100 }, (_, n) => `${server.url}/${n + 1}`);
  const ended = await shell(
    `${command} -j 2 --timeout 20s --retries 0`,
    folderOf('titles', ['fetch-title.ts'], { 'urls.txt': urls.join('\n') }),
  );
  assert.deepEqual(
    recordsOf(ended.stdout).map(({ value }) => value),
    urls.map((_, n) => `/${n + 1}`),
  );
  assert.equal(server.mostAtOnce(), 100);
});
