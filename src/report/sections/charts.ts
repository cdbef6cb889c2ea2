// The charts of a page: a place for each, what it says, and how it is to be read. Where there is nothing to draw it says why.
import { count, plural, share, time } from '../client/words.js';
import { hasRun } from '../distribution.ts';
import type { PageData } from '../embed.ts';
import type { History } from '../history.ts';
import { html, Html } from '../html.ts';
import { failedIn } from './head.ts';

const none = new Html('');

export function charts(history: History, data: PageData): Html {
  if (history.ends.length === 0) return none;
  return html`<div>
    ${timeline(history, data)} ${rates(data)} ${histogram(history, data)} ${waits(history, data)}
    ${lines(
      data,
      'lag',
      'Loop lag',
      'How late the loop of a worker was at its turn: what holds a loop holds all tasks in it.',
    )}
    ${lines(data, 'memory', 'Memory', 'What each worker held in memory, as the system counts it (resident set).')}
    ${lines(
      data,
      'busy',
      'Busy share of the loops',
      'Which part of the time each loop was at work. Near 100 % it is the processor that tasks wait for; far below, something else.',
    )}
  </div>`;
}

function place(name: string, label: string): Html {
  return html`<div class="chart" data-chart="${name}" role="img" tabindex="0" aria-label="${label}"></div>`;
}

function timeline(history: History, { timeline: { bands, slotsPerRow, resolutionMs } }: PageData): Html {
  const workers = bands.flatMap((band) => band.workers).filter(([id]) => id !== 0).length;
  const each = slotsPerRow === 1 ? 'a slot of it' : `${count(slotsPerRow)} of its slots`;
  const shared =
    bands.length < workers
      ? ` There were ${count(workers)} workers; those that followed one another share a band.`
      : '';
  const merged =
    resolutionMs === 0
      ? ''
      : ` Tasks closer together than ${time(resolutionMs)} are drawn as one, apart from the slowest and the first failures.`;
  return html`<section>
    <h2>What ran when</h2>
    <p>
      Each band is a worker and each row ${each}: as many as it ever had tasks in flight. A bar is the last attempt of a
      task. Where several fall on one point, the foot of the row is the part of them that failed.${shared}${merged}
    </p>
    ${key(history)}
    <div class="zoom" hidden role="toolbar" aria-label="The part of the run that the charts over time show">
      <output></output>
      <button type="button" data-action="in" aria-label="Zoom in">+</button>
      <button type="button" data-action="out" aria-label="Zoom out">−</button>
      <button type="button" data-action="earlier" aria-label="Earlier">←</button>
      <button type="button" data-action="later" aria-label="Later">→</button>
      <button type="button" data-action="whole">Whole run</button>
    </div>
    <figure>
      ${place('timeline', `Timeline of ${plural(workers, 'worker')} and ${plural(history.ends.length, 'task')}`)}
      <figcaption>
        Drag to zoom all charts over time, double-click to see the whole run again. The wheel with Ctrl, two fingers,
        and the keys + − ← → 0 do the same.
      </figcaption>
    </figure>
    <noscript><p>The charts need scripts. The tables below do not.</p></noscript>
  </section>`;
}

function key(history: History): Html {
  const failed = failedIn(history) === 0 ? none : html`<li><i class="of-failed"></i>failed</li>`;
  const resume = history.resumedAtMs.length === 0 ? none : html`<li><i class="of-resume"></i>stopped and resumed</li>`;
  return html`<ul class="key">
    <li><i></i>done</li>
    ${failed} ${resume}
  </ul>`;
}

function rates({ spanMs }: PageData): Html {
  return html`<section>
    <h2>Throughput</h2>
    <p>Tasks that ended, per second, and of these what failed.</p>
    <figure>${place('rates', `Tasks that ended per second over ${time(spanMs)}`)}</figure>
    <figure>
      <figcaption>Tasks in flight, on average over each interval</figcaption>
      ${place('in-flight', `Tasks in flight over ${time(spanMs)}`)}
    </figure>
  </section>`;
}

function histogram(history: History, { quantiles }: PageData): Html {
  if (quantiles === undefined) {
    return html`<section>
      <h2>Run time</h2>
      <p>No task was given to a worker, so none has a run time.</p>
    </section>`;
  }
  const { p50, p95, max } = quantiles;
  const longest = history.ends.find((end) => end.ms === max && hasRun(end))?.seq ?? 0;
  const said = `Half of the tasks ran for ${time(p50)} or less, 95 % for ${time(p95)} or less; the longest, task ${count(longest)}, for ${time(max)}.`;
  return html`<section>
    <h2>Run time</h2>
    <p>${history.ends.length === 1 ? `The only task ran for ${time(max)}.` : said} The scale is logarithmic.</p>
    <figure>${place('histogram', `How many tasks ran for how long. ${said}`)}</figure>
  </section>`;
}

function waits({ ends }: History, data: PageData): Html {
  if (data.quantiles === undefined) return none;
  const waited = ends.filter(({ waitMs, ms }) => waitMs > ms).length;
  const drawn =
    data.waits.length === 0
      ? 'Each dot is a task; a cross is one that failed.'
      : 'The darker a square, the more tasks there were; the part of it in the other colour is what failed.';
  const said = `${share(waited, ends.length)} of the tasks waited longer than they ran.`;
  return html`<section>
    <h2>Wait against run time</h2>
    <p>Across: how long a task ran. Upwards: how long it had waited since it was read. ${drawn} ${said}</p>
    <figure>${place('waits', `How long tasks waited, against how long they ran. ${said}`)}</figure>
  </section>`;
}

function lines({ lines: samples }: PageData, name: string, title: string, told: string): Html {
  if (samples === undefined) {
    return html`<section>
      <h2>${title}</h2>
      <p class="muted">
        There are no samples: one is taken each second, and the run was over before, or was read from a job log that has
        none.
      </p>
    </section>`;
  }
  const isEach = samples.names.every((line) => line.startsWith('worker'));
  const spread = isEach ? '' : ' There were too many workers for a line each: the lines are of all of them at a time.';
  const names = samples.names.map(
    (line, at) =>
      html`<li>
        <i class="of-line${at < 4 ? '' : ' of-dashes'}" style="border-top-color: var(--line-${at % 4})"></i>${line}
      </li>`,
  );
  return html`<section>
    <h2>${title}</h2>
    <p>${told}${spread}</p>
    <ul class="key">
      ${names}
    </ul>
    <figure>${place(name, `${title} of ${isEach ? plural(names.length, 'worker') : 'all workers'} over time`)}</figure>
  </section>`;
}
