// What samples told of the workers: a line for each over time.
import { data } from './data.js';
import { lineLook, valueAxis } from './look.js';
import { hostOf, timeChart } from './time-chart.js';
import { showTip, tipOver } from './tip.js';
import { size, time } from './words.js';

const { lines } = data;

export function drawLines() {
  if (lines === undefined) return;
  drawOne('lag', lines.lagMs, time);
  drawOne('memory', lines.rssBytes, size);
  drawOne(
    'busy',
    lines.utilization,
    (part) => `${Math.round(part * 100)} %`,
    () => [0, 1],
  );
}

function drawOne(name, values, label, range) {
  const host = hostOf(name);
  if (host === null) return;
  const chart = timeChart(host, {
    height: 200,
    values: [lines.atMs, ...values],
    rows: values.map((_, at) => ({ ...lineLook(at), width: 1.5, points: { size: 4, width: 1 } })),
    labels: valueAxis(label),
    ...(range === undefined ? {} : { y: { range } }),
  });
  tipOver(chart, (event, x) => {
    const at = chart.posToIdx(x);
    const there = values.map((of, line) => [lines.names[line], of[at]]).filter(([, value]) => value !== null);
    showTip(
      event,
      `at ${time(lines.atMs[at])}`,
      there.map(([worker, value]) => [worker, label(value)]),
    );
    return true;
  });
}
