// How long tasks took, and how long they had waited: both on scales on which every step is ten times the last, for most are
// short and a few are very long. One is as wide as a bin, so a decade is `data.binsPerDecade`.
import { allKept, data } from './data.js';
import { axis, colour, fromZero, textWidth, valueAxis } from './look.js';
import { hostOf, keepWide, write } from './time-chart.js';
import { linesOf } from './timeline.js';
import { showTip, tipOver } from './tip.js';
import { count, share, time } from './words.js';

/* global uPlot */
const { binsPerDecade, histogram, quantiles, waits } = data;

const msOf = (bin) => 10 ** (bin / binsPerDecade);
const binOf = (ms) => Math.log10(Math.max(0.01, ms)) * binsPerDecade;

function decadeAxis(more) {
  return axis({
    splits: (chart, at, min, max) => {
      const from = Math.floor(min / binsPerDecade);
      const decades = Array.from({ length: Math.ceil(max / binsPerDecade) - from + 1 }, (_, n) => from + n);
      // Where there are few, what is between them is named as well.
      const between = decades.length > 4 ? [1] : [1, 2, 5];
      const all = decades.flatMap((decade) => between.map((step) => (decade + Math.log10(step)) * binsPerDecade));
      return all.filter((split) => split >= min && split <= max);
    },
    values: (chart, splits) => splits.map((bin) => stepName(msOf(bin))),
    ...more,
  });
}

/** Shorter than `1 min 40 s`. */
function stepName(ms) {
  return ms < 59_950 ? time(ms) : `${count(ms / 1_000)}\u00a0s`;
}

function isWhole(bin) {
  return Math.abs(bin / binsPerDecade - Math.round(bin / binsPerDecade)) < 1e-6;
}

/** Along the foot: names that would run into one another, or out of the page, are left out, those of whole decades last. */
function footAxis(left, size) {
  const values = (chart, splits) => {
    const { min, max } = chart.scales.x;
    const wide = chart.width - left - padRight;
    const taken = [[chart.width + 8, Infinity]];
    const names = splits.map(() => '');
    const order = [...splits.keys()].toSorted((a, b) => isWhole(splits[b]) - isWhole(splits[a]) || a - b);
    for (const at of order) {
      const name = stepName(msOf(splits[at]));
      const middle = left + ((splits[at] - min) / (max - min)) * wide;
      const half = textWidth(name) / 2;
      const [from, to] = [middle - half, middle + half];
      if (from < 0 || taken.some((other) => from < other[1] + 8 && to > other[0] - 8)) continue;
      taken.push([from, to]);
      names[at] = name;
    }
    return names;
  };
  return decadeAxis({ size, values });
}

/** To the right of a plot. */
const padRight = 14;

function plainChart(host, { x, y, labels, height, padTop, foot = 32, draw }) {
  const chart = new uPlot(
    {
      width: host.clientWidth,
      height,
      padding: [padTop, padRight, 0, 0],
      legend: { show: false },
      scales: { x: { time: false, range: () => x }, y: { range: () => y } },
      axes: [footAxis(labels.size, foot), labels],
      series: [{}, { paths: () => null, points: { show: false } }],
      cursor: {
        show: true,
        x: false,
        y: false,
        points: { show: false },
        drag: { x: false, y: false, setScale: false },
      },
      hooks: { draw: [draw] },
    },
    [x, y],
    host,
  );
  keepWide(chart, host);
  return chart;
}

export function drawHistogram() {
  const host = hostOf('histogram');
  if (host === null || histogram === undefined) return;
  const { from, all, failed } = histogram;
  const x = [from - 1, from + all.length + 1];
  const chart = plainChart(host, {
    x,
    y: fromZero(undefined, 0, Math.max(...all)),
    labels: valueAxis((value) => (Number.isInteger(value) ? count(value) : '')),
    height: 270,
    padTop: 58,
    draw: ({ ctx, bbox, valToPos }) => {
      const bars = (counts, name) => {
        ctx.fillStyle = colour(name);
        for (const [at, tasks] of counts.entries()) {
          const [left, right] = [from + at, from + at + 1].map((bin) => Math.round(valToPos(bin, 'x', true)));
          const top = Math.min(Math.round(valToPos(tasks, 'y', true)), bbox.top + bbox.height - uPlot.pxRatio);
          if (tasks > 0) ctx.fillRect(left, top, right - left - uPlot.pxRatio, bbox.top + bbox.height - top);
        }
      };
      bars(all, 'done');
      bars(failed, 'failed');
      markQuantiles(chart);
    },
  });
  tipOver(chart, (event, left) => {
    const at = Math.floor(chart.posToVal(left, 'x')) - from;
    if (!(all[at] > 0)) return false;
    const whole = all.reduce((sum, tasks) => sum + tasks, 0);
    showTip(event, `${time(msOf(from + at))} to ${time(msOf(from + at + 1))}`, [
      ['tasks', `${count(all[at])} (${share(all[at], whole)})`],
      ['failed', count(failed[at]), failed[at] > 0 ? 'is-failed' : undefined],
    ]);
    return true;
  });
}

function markQuantiles(chart) {
  const { ctx, bbox } = chart;
  const wide = uPlot.pxRatio;
  const marks = [
    ['p50', quantiles.p50],
    ['p95', quantiles.p95],
    ['max', quantiles.max],
  ];
  for (const [line, [name, ms]] of marks.entries()) {
    const x = Math.round(chart.valToPos(binOf(ms), 'x', true)) + 0.5;
    const y = bbox.top - line * 17 * wide - 8 * wide;
    ctx.fillStyle = colour('ink');
    ctx.fillRect(x, y - 10 * wide, wide, bbox.top + bbox.height - y + 10 * wide);
    // To the left no line is in the way of the text, for those of shorter times end below it.
    const hasRoom = x - bbox.left > 110 * wide;
    write(chart, `${name} ${time(ms)}`, x + (hasRoom ? -5 : 6) * wide, y, hasRoom ? 'right' : 'left');
  }
}

/** Each task where all are told of; else how many there were with about such times, the more the darker. */
export function drawWaits() {
  const host = hostOf('waits');
  if (host === null) return;
  const tasks = waits.length > 0 ? [] : allKept.filter(({ worker, ms }) => worker !== 0 && ms !== null);
  const runs = [...tasks.map(({ ms }) => binOf(ms)), ...waits.map((cell) => cell[1])];
  const waited = [...tasks.map(({ waitMs }) => binOf(waitMs)), ...waits.map((cell) => cell[0])];
  const chart = plainChart(host, {
    x: rangeOf(runs),
    y: rangeOf(waited),
    labels: decadeAxis({ size: 70, space: 20 }),
    height: 372,
    padTop: 24,
    foot: 50,
    draw: (of) => {
      if (waits.length > 0) paintCells(of);
      else paintTasks(of, tasks);
      nameAxes(of);
    },
  });
  tipOver(chart, (event, left, top) =>
    waits.length > 0 ? tellCell(chart, event, left, top) : tellTask(chart, event, left, top, tasks),
  );
}

function rangeOf(bins) {
  return [Math.floor(Math.min(...bins)) - 1, Math.ceil(Math.max(...bins)) + 2];
}

function nameAxes(chart) {
  const { left, top, width, height } = chart.bbox;
  const wide = uPlot.pxRatio;
  // Not in the plot, where they would stand on what is drawn.
  write(chart, 'waited', left - 6 * wide, top - 8 * wide, 'right', 'muted');
  write(chart, 'ran for', left + width, top + height + 44 * wide, 'right', 'muted');
}

/** A failure is a cross, so that its colour need not be seen. */
function paintTasks({ ctx, valToPos }, tasks) {
  const isFew = tasks.length < 200;
  const wide = uPlot.pxRatio;
  for (const { ms, waitMs, error } of tasks.toSorted((a, b) => (a.error === 0 ? 0 : 1) - (b.error === 0 ? 0 : 1))) {
    const [x, y] = [valToPos(binOf(ms), 'x', true), valToPos(binOf(waitMs), 'y', true)];
    ctx.beginPath();
    if (error === 0) {
      ctx.fillStyle = `${colour('done')}${isFew ? 'd0' : '70'}`;
      ctx.arc(x, y, (isFew ? 4 : 2.5) * wide, 0, 2 * Math.PI);
      ctx.fill();
    } else {
      ctx.strokeStyle = colour('failed');
      ctx.lineWidth = 1.5 * wide;
      for (const way of [-1, 1]) {
        ctx.moveTo(x - 4 * wide, y - 4 * way * wide);
        ctx.lineTo(x + 4 * wide, y + 4 * way * wide);
      }
      ctx.stroke();
    }
  }
}

function paintCells({ ctx, valToPos }) {
  const most = Math.log1p(waits.reduce((max, cell) => Math.max(max, cell[2]), 0));
  const darkness = (tasks) => 0.15 + 0.85 * (Math.log1p(tasks) / most);
  for (const [wait, run, all, failed] of waits) {
    const [left, right] = [run, run + 1].map((bin) => Math.round(valToPos(bin, 'x', true)));
    const [bottom, top] = [wait, wait + 1].map((bin) => Math.round(valToPos(bin, 'y', true)));
    ctx.globalAlpha = darkness(all);
    ctx.fillStyle = colour('done');
    ctx.fillRect(left, top, right - left - 1, bottom - top - 1);
    const part = Math.sqrt(failed / all);
    const [width, height] = [(right - left - 1) * part, (bottom - top - 1) * part];
    ctx.fillStyle = colour('failed');
    if (failed > 0) {
      // Of two colours on one another neither would be seen.
      ctx.clearRect(left, bottom - 1 - height, width, height);
      ctx.globalAlpha = Math.max(0.4, darkness(failed));
      ctx.fillRect(left, bottom - 1 - height, width, height);
    }
    ctx.globalAlpha = 1;
  }
}

function tellTask(chart, event, left, top, tasks) {
  const distance = ({ ms, waitMs }) =>
    Math.hypot(chart.valToPos(binOf(ms), 'x') - left, chart.valToPos(binOf(waitMs), 'y') - top);
  const nearest = tasks.reduce((best, task) => (distance(task) < distance(best) ? task : best), tasks[0]);
  if (nearest === undefined || distance(nearest) > 12) return false;
  showTip(event, `Task ${count(nearest.seq)}`, linesOf(nearest));
  return true;
}

function tellCell(chart, event, left, top) {
  const [x, y] = [Math.floor(chart.posToVal(left, 'x')), Math.floor(chart.posToVal(top, 'y'))];
  const [wait, run, all, failed] = waits.find((cell) => cell[0] === y && cell[1] === x) ?? [];
  if (all === undefined) return false;
  showTip(event, `${count(all)} ${all === 1 ? 'task' : 'tasks'}`, [
    ['took', `${time(msOf(run))} to ${time(msOf(run + 1))}`],
    ['waited', `${time(msOf(wait))} to ${time(msOf(wait + 1))}`],
    ['failed', count(failed), failed > 0 ? 'is-failed' : undefined],
  ]);
  return true;
}
