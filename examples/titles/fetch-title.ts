// The title of a web page: a plain async function that can be called without a pool as well.
import { context } from '../../src/index.ts';

export async function fetchTitle(url: string): Promise<string> {
  // Aborted at --timeout, so that the request ends there. A function that goes on regardless takes its worker down after
  // --grace, and with it all that the worker had in flight.
  const { signal } = context();
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return /<title[^>]*>(.*?)<\/title>/is.exec(await response.text())?.[1]?.trim() ?? '';
}
