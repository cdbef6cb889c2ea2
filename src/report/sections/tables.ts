// What is read rather than looked at: the failures by kind, the slowest tasks, and what the run was given.
import { count, plural, share, time } from '../client/words.js';
import { hasRun } from '../distribution.ts';
import type { Failures } from '../failure-lists.ts';
import type { FailureKind } from '../failures.ts';
import type { History, TaskEnd } from '../history.ts';
import { html, Html } from '../html.ts';
import { shortenedLine } from '../shortened.ts';
import { failedIn } from './head.ts';

const none = new Html('');
const exampleCount = 5;
const slowestCount = 20;
const longestInput = 200;
const longestStack = 4_000;

export function failures(history: History, { kinds, rarerKinds, rarer }: Failures): Html {
  const failed = failedIn(history);
  if (history.ends.length === 0) return none;
  if (failed === 0) {
    return html`<section>
      <h2>Failures</h2>
      <p>No task failed.</p>
    </section>`;
  }
  const ways = kinds.length + rarerKinds;
  const rest =
    rarerKinds === 0
      ? none
      : html`<article class="failure">
          <p>${plural(rarerKinds, 'rarer kind')} more, of ${plural(rarer.length, 'task')}.</p>
          ${list(rarer.length, kinds.length)}
        </article>`;
  return html`<section>
    <h2>Failures</h2>
    <p>
      ${plural(failed, 'task')} failed, in ${ways === 1 ? 'one way' : `${count(ways)} ways`}. Messages that differ only
      in numbers and quoted texts count as one.
    </p>
    ${kinds.map((kind, at) => failure(kind, at, failed))} ${rest}
  </section>`;
}

/** All of a kind: they are shown where that is asked for. */
function list(tasks: number, at: number): Html {
  return html`<details data-failures="${at}">
    <summary>All ${plural(tasks, 'task')}</summary>
    <noscript><p>The list needs scripts.</p></noscript>
  </details>`;
}

function failure({ name, message, tasks, stack }: FailureKind, at: number, failed: number): Html {
  const percent = Math.max(0.5, (tasks.length / failed) * 100).toFixed(1);
  const details =
    stack === undefined
      ? none
      : html`<details>
          <summary>Stack of the first</summary>
          <pre tabindex="0">${stack.slice(0, longestStack)}</pre>
        </details>`;
  const rows = tasks
    .slice(0, exampleCount)
    .map((end) => [
      count(end.seq),
      shortenedLine(end.input, longestInput),
      end.isUntimed === true ? '—' : time(end.ms),
      count(end.attempts),
    ]);
  return html`<article class="failure">
    <h3>${name}: <code>${message}</code></h3>
    <p class="muted">${plural(tasks.length, 'task')}, ${share(tasks.length, failed)} of the failures</p>
    <div class="share"><div style="width: ${percent}%"></div></div>
    ${table(
      `Inputs of ${name}`,
      [
        ['Task', 'number'],
        ['Input', 'input'],
        ['Ran for', 'number'],
        ['Attempts', 'number'],
      ],
      rows,
    )}
    ${tasks.length > exampleCount ? list(tasks.length, at) : none} ${details}
  </article>`;
}

export function slowest({ ends }: History): Html {
  const tasks = slowestOf(ends);
  if (tasks.length === 0) return none;
  const rows = tasks.map((end) => [
    count(end.seq),
    shortenedLine(end.input, longestInput),
    time(end.ms),
    time(end.waitMs),
    time(end.startMs),
    String(end.worker),
    count(end.attempts),
    end.ok ? 'done' : 'failed',
  ]);
  return html`<section>
    <h2>Slowest tasks</h2>
    <p>
      ${tasks.length < ends.length ? `The ${plural(tasks.length, 'task')} that ran longest.` : 'All of them, by how long they ran.'}
    </p>
    ${table(
      'Slowest tasks',
      [
        ['Task', 'number'],
        ['Input', 'input'],
        ['Ran for', 'number'],
        ['Waited', 'number'],
        ['Began', 'number'],
        ['Worker', 'number'],
        ['Attempts', 'number'],
        ['Ended', ''],
      ],
      rows,
    )}
  </section>`;
}

/** Without sorting all, of which there may be a million. */
function slowestOf(ends: readonly TaskEnd[]): TaskEnd[] {
  const slow: TaskEnd[] = [];
  for (const end of ends) {
    if (!hasRun(end) || (slow.length === slowestCount && end.ms <= (slow.at(-1)?.ms ?? 0))) continue;
    const at = slow.findIndex(({ ms }) => ms < end.ms);
    slow.splice(at === -1 ? slow.length : at, 0, end);
    slow.length = Math.min(slow.length, slowestCount);
  }
  return slow;
}

export function options(history: History): Html {
  if (history.options.length === 0) return none;
  return html`<section>
    <h2>What it was given</h2>
    ${table(
      'Options of the run',
      [
        ['Name', 'name'],
        ['Value', 'input'],
      ],
      history.options.map((option) => [...option]),
    )}
  </section>`;
}

type Column = readonly [name: string, look: string];

function table(caption: string, columns: readonly Column[], rows: readonly (readonly string[])[]): Html {
  const heads = columns.map(([name, look]) => html`<th scope="col" class="${look}">${name}</th>`);
  const cells = (row: readonly string[]): Html[] =>
    row.map((cell, at) => html`<td class="${cellLook(columns[at]?.[1] ?? '', cell)}">${cell}</td>`);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
    <table>
      <thead>
        <tr>
          ${heads}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${cells(row)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function cellLook(look: string, cell: string): string {
  return look === '' && cell === 'failed' ? 'is-failed' : look;
}
