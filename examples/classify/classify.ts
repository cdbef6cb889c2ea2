// A label for one row of a table, from a chat API. What fails is thrown, and --retries tries it again.
import { setTimeout as sleep } from 'node:timers/promises';

import { context } from '../../src/index.ts';

interface Row {
  readonly id: string;
  readonly text: string;
}

export interface Labelled {
  readonly id: string;
  readonly label: string;
}

interface Completion {
  readonly choices: readonly { readonly message: { readonly content: string } }[];
}

export default async function classify(
  { id, text }: Row,
  { labels }: { readonly labels: readonly string[] },
): Promise<Labelled> {
  const { API_URL, API_KEY, API_MODEL } = process.env;
  const { signal } = context(); // Aborted at --timeout.
  const response = await fetch(`${API_URL}/chat/completions`, {
    method: 'POST',
    signal,
    headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: API_MODEL,
      messages: [
        { role: 'system', content: `Answer in JSON, {"label": …}, with one of these: ${labels.join(', ')}.` },
        { role: 'user', content: text },
      ],
    }),
  });
  // How long to wait is the server's to say. It is waited for here, in addition to what lies between two attempts.
  if (response.status === 429) await sleep(1_000 * Number(response.headers.get('retry-after') ?? 0), null, { signal });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);

  const { choices } = (await response.json()) as Completion;
  const { label } = JSON.parse(choices[0]?.message.content ?? '') as { readonly label: string };
  // A model that makes up a label is asked again.
  if (!labels.includes(label)) throw new Error(`${JSON.stringify(label)} is none of ${labels.join(', ')}`);
  return { id, label };
}
