// A web server of a test: says what came and when, and is gone after the test.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

export interface Visit {
  readonly path: string;
  /** How often that was asked for, this time included. */
  readonly time: number;
  readonly body: string;
  readonly headers: IncomingMessage['headers'];
  readonly atMs: number;
  readonly response: ServerResponse;
}

export interface WebServer {
  /** Such as `http://localhost:4711`. */
  readonly url: string;
  readonly visits: readonly Visit[];
  /** The most requests that it was busy with at once. */
  readonly mostAtOnce: () => number;
  /** Paths of requests that were ended before they were answered. */
  readonly leftBy: readonly string[];
}

/** `answer` is called for each request, and may answer whenever it likes, or never. */
export async function serve(t: TestContext, answer: (visit: Visit) => void): Promise<WebServer> {
  const visits: Visit[] = [];
  const leftBy: string[] = [];
  const times = new Map<string, number>();
  let atOnce = 0;
  let mostAtOnce = 0;
  const server = createServer((request, response) => {
    const atMs = performance.now();
    const path = request.url ?? '';
    const time = (times.get(path) ?? 0) + 1;
    times.set(path, time);
    mostAtOnce = Math.max(mostAtOnce, ++atOnce);
    response.once('close', () => {
      atOnce--;
      if (!response.writableEnded) leftBy.push(path);
    });
    const { headers } = request;
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.once('end', () => {
      const visit = { path, time, body, headers, atMs, response };
      visits.push(visit);
      answer(visit);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => {
    server.close().closeAllConnections();
    await once(server, 'close');
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, visits, mostAtOnce: () => mostAtOnce, leftBy };
}

/** Answers with a status and a text. */
export function reply(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, headers).end(text);
}
