// The head of a page: what ran, how it ended, and the figures that are asked for first.
import { count, figure, moment, plural, share, time } from '../client/words.js';
import type { Quantiles } from '../distribution.ts';
import type { Ending, History } from '../history.ts';
import { html, type Content, type Html } from '../html.ts';

const endings: Readonly<Record<Ending, string>> = {
  done: 'It ran to the end.',
  halted: 'It was halted, as its options ask.',
  interrupted: 'It was interrupted by a signal.',
  failed: 'It was ended by an error of its own.',
  unknown: 'Its end is not on record: it was killed, or still runs.',
};

export function head(history: History, quantiles: Quantiles | undefined): Html {
  const { fn, files, startedAt, durationMs, ending, ends, resumedAtMs } = history;
  const failed = failedIn(history);
  const retried = ends.filter(({ attempts }) => attempts > 1).length;
  const from = files.length === 0 ? 'stdin' : files.join(', ');
  return html`<header>
    <p class="kicker">polyloop map, started ${moment(startedAt)}</p>
    <h1>${fn.split(/(?<=\/)|(?=#)/).map((part) => html`${part}<wbr />`)}</h1>
    <p class="lead">${summary(history)} ${endings[ending]}</p>
    <p class="muted">Inputs from ${from}.${resumed(resumedAtMs.length)}</p>
    <dl class="figures">
      ${entry('Took', time(durationMs), resumedAtMs.length === 0 ? '' : 'of work', ends.length)}
      ${entry('Done', count(ends.length - failed), share(ends.length - failed, ends.length), ends.length)}
      ${entry('Failed', count(failed), share(failed, ends.length), ends.length, failed > 0 ? 'is-failed' : '')}
      ${entry('Retried', count(retried), share(retried, ends.length), ends.length)}
      ${entry('Rate', rateOf(ends.length, durationMs), 'on average', ends.length)}
      ${
        quantiles === undefined
          ? []
          : [
              entry('Run time, half', time(quantiles.p50), 'or less (p50)', 1),
              entry('Run time, 95 %', time(quantiles.p95), 'or less (p95)', 1),
              entry('Longest', time(quantiles.max), 'of all tasks', 1),
            ]
      }
    </dl>
  </header>`;
}

function entry(name: string, value: string, remark: string, of: number, look = ''): Html {
  const small: Content = of === 0 ? '' : html`<small>${remark}</small>`;
  return html`<div>
    <dt>${name}</dt>
    <dd class="${look}">${value}${small}</dd>
  </div>`;
}

export function failedIn({ ends }: History): number {
  return ends.reduce((sum, { ok }) => sum + (ok ? 0 : 1), 0);
}

/** One sentence that says it all. */
export function summary(history: History): string {
  const { ends, durationMs } = history;
  const failed = failedIn(history);
  if (ends.length === 0) return `No task ended in ${time(durationMs)}.`;
  const all = `${plural(ends.length, 'task')} in ${time(durationMs)}`;
  if (failed === 0) return `${all}, none failed.`;
  return failed === ends.length ? `${all}, all failed.` : `${all}, ${count(failed)} failed.`;
}

function rateOf(tasks: number, durationMs: number): string {
  const perSecond = (tasks / Math.max(1, durationMs)) * 1_000;
  return perSecond < 1 && tasks > 0 ? `${figure(perSecond * 60)}/min` : `${figure(perSecond)}/s`;
}

function resumed(times: number): string {
  if (times === 0) return '';
  return ` It was stopped and resumed ${times === 1 ? 'once' : `${count(times)} times`}; times are of its work alone.`;
}
