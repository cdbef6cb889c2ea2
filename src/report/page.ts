// A page that tells of one run: a single file that loads nothing, from whatever it is opened. Tables and words are HTML as it
// is written; the charts are drawn where it is read, from numbers that were counted here.
import { pageData } from './embed.ts';
import { failuresOf } from './failure-lists.ts';
import type { History } from './history.ts';
import { embedded, html, Html } from './html.ts';
import { chartStyle, pageScript } from './script.ts';
import { charts } from './sections/charts.ts';
import { head, summary } from './sections/head.ts';
import { failures, options, slowest } from './sections/tables.ts';
import { style } from './style.ts';

const policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

/**
 * One HTML document. Inputs, messages and names are in it as text; with the tasks it grows only up to a few megabytes. A
 * million tasks take some seconds, in which nothing else runs.
 */
export function reportPage(history: History): string {
  const found = failuresOf(history.ends);
  const data = pageData(history, found);
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${history.fn}: ${summary(history)}</title>
        <style>
          ${new Html(chartStyle())}${new Html(style)}
        </style>
      </head>
      <body>
        <main>
          ${head(history, data.quantiles)} ${charts(history, data)} ${failures(history, found)} ${slowest(history)}
          ${options(history)}
        </main>
        <script type="application/json" id="data">
          ${embedded(data)}
        </script>
        <script>
          ${new Html(pageScript())};
        </script>
      </body>
    </html> `.markup;
}
