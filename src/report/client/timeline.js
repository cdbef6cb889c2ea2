// The timeline: a band for each worker, a row for each of its slots, and what ran when.
import { blocks, data, taskIn } from './data.js';
import { axis, axisWidth, colour } from './look.js';
import { copyRow, drawStrip } from './strip.js';
import { hostOf, timeChart, write } from './time-chart.js';
import { hideTip, showTip, tipOver } from './tip.js';
import { count, plural, time } from './words.js';
import { onZoom, view } from './zoom.js';

/* global uPlot */
const { bands, resolutionMs } = data.timeline;
const gap = 8;
const rowHeight = Math.min(16, Math.max(3, Math.floor(600 / Math.max(1, blocks.rows.length))));
const tops = placeBands();
const height = bands.reduce((sum, band) => sum + band.rows * rowHeight + gap, 0);

/** Where each band begins, in CSS pixels, and its first row. */
function placeBands() {
  let top = gap / 2;
  let row = 0;
  return bands.map((band) => {
    const place = { top, row, rows: band.rows, middle: top + (band.rows * rowHeight) / 2 };
    top += band.rows * rowHeight + gap;
    row += band.rows;
    return place;
  });
}

export function drawTimeline() {
  const host = hostOf('timeline');
  if (host === null) return;
  const named = tops.filter((place, at) => at === 0 || place.middle - tops[at - 1].middle >= 16);
  const chart = timeChart(host, {
    height: height + 32 + 24,
    padding: [24, 14, 0, 0],
    values: [[0, data.spanMs], new Float64Array(2)],
    rows: [{ paths: () => null, points: { show: false } }],
    y: { range: () => [0, height], dir: -1 },
    labels: axis({
      size: axisWidth,
      splits: () => named.map(({ middle }) => middle),
      values: () => named.map((place) => nameOf(bands[tops.indexOf(place)])),
      grid: { show: false },
    }),
    draw: paint,
  });
  const mark = document.createElement('div');
  mark.className = 'mark';
  mark.hidden = true;
  chart.over.append(mark);
  tipOver(chart, (event, x, y) => tell(chart, mark, event, x, y));
  for (const name of ['pointerleave', 'pointerdown']) chart.over.addEventListener(name, () => (mark.hidden = true));
  onZoom(() => {
    mark.hidden = true;
    hideTip();
  });
}

function nameOf({ workers: [first, second] }) {
  if (first.at(0) === 0) return 'none';
  return second === undefined ? String(first.at(0)) : `${first.at(0)} …`;
}

function paint(chart) {
  const { ctx, bbox } = chart;
  const wide = uPlot.pxRatio;
  drawStrip(bbox.width, wide);
  ctx.save();
  ctx.imageSmoothingEnabled = false;
  ctx.fillStyle = colour('slot');
  // Where rows are high enough there is a line of paper between them.
  const tall = (rowHeight > 3 ? rowHeight - 1 : rowHeight) * wide;
  for (const place of tops) {
    for (let row = 0; row < place.rows; row++) {
      const top = Math.round(bbox.top + (place.top + row * rowHeight) * wide);
      ctx.fillRect(bbox.left, top, bbox.width, tall);
      copyRow(ctx, place.row + row, bbox.left, top, bbox.width, tall);
    }
  }
  ctx.restore();
  write(chart, 'worker', bbox.left - 6 * wide, bbox.top - 7 * wide, 'right', 'muted');
  let written = -Infinity;
  for (const ms of data.resumedAtMs) {
    const x = chart.valToPos(ms, 'x', true);
    if (ms < view.from || ms > view.to || x - written < 80 * wide) continue;
    written = x;
    const isLeft = x > bbox.left + bbox.width / 2;
    write(chart, 'resumed', x + (isLeft ? 4 : 0) * wide, bbox.top - 7 * wide, isLeft ? 'right' : 'left');
  }
}

function tell(chart, mark, event, x, y) {
  const place = tops.find(({ top, rows }) => y >= top && y < top + rows * rowHeight);
  const row = place === undefined ? 0 : place.row + Math.floor((y - place.top) / rowHeight);
  const msPerPixel = (view.to - view.from) / chart.over.clientWidth;
  const ms = view.from + x * msPerPixel;
  const block = place === undefined ? undefined : nearest(row, ms, 4 * msPerPixel);
  mark.hidden = block === undefined;
  if (block === undefined) return false;
  const [left, right] = [blocks.from[block], blocks.to[block]].map((edge) => (edge - view.from) / msPerPixel);
  mark.style.left = `${Math.max(-2, left)}px`;
  mark.style.width = `${Math.max(3, Math.min(chart.over.clientWidth + 2, right) - Math.max(-2, left))}px`;
  mark.style.top = `${place.top + (row - place.row) * rowHeight}px`;
  mark.style.height = `${Math.max(3, rowHeight - 1)}px`;
  describe(event, block, workerAt(bands[tops.indexOf(place)], blocks.from[block]));
  return true;
}

/** What is at this moment; of several a failure, which is drawn wider than it is; else what is hardly beside it. */
function nearest(row, ms, withinMs) {
  const { first, after } = blocks.rows[row];
  let best;
  let bestDistance = withinMs;
  for (let block = first; block < after && blocks.from[block] <= ms + withinMs; block++) {
    const distance = Math.max(0, blocks.from[block] - ms, ms - blocks.to[block]);
    const isBetter = distance < bestDistance || (distance === bestDistance && blocks.failed[block] > 0);
    if (isBetter) [best, bestDistance] = [block, distance];
  }
  return best;
}

function workerAt({ workers }, ms) {
  return (workers.findLast(([, fromMs]) => fromMs <= ms + 1) ?? workers.at(0)).at(0);
}

function describe(event, block, worker) {
  const task = taskIn(block);
  const of = worker === 0 ? 'given to none' : String(worker);
  if (task !== undefined) return showTip(event, `Task ${count(task.seq)}`, linesOf(task));
  const [from, to] = [blocks.from[block], blocks.to[block]];
  const tasks = blocks.counts[block];
  const failed = blocks.failed[block];
  const lines = [
    ['worker', of],
    ['began', time(from)],
    [tasks === 1 ? 'took' : 'within', time(to - from)],
  ];
  if (failed > 0) lines.push(['failed', tasks === 1 ? 'yes' : count(failed), 'is-failed']);
  if (tasks > 1) lines.push(['note', `closer than ${time(resolutionMs)}, so shown as one`]);
  showTip(event, tasks === 1 ? `Task ${count(blocks.seqs[block])}` : plural(tasks, 'task'), lines);
}

/** Of a task whose worker has died only its end is known. */
function timesOf(startMs, ms, waitMs) {
  if (ms === null) return [['ended', time(startMs)]];
  return [
    ['began', time(startMs)],
    ['took', time(ms)],
    ['waited', time(waitMs)],
  ];
}

export function linesOf({ input, worker, startMs, ms, waitMs, attempts, error }) {
  return [
    ['input', input],
    ['worker', worker === 0 ? 'given to none' : String(worker)],
    ...timesOf(startMs, ms, waitMs),
    ['attempts', String(attempts)],
    ...(error === 0 ? [] : [['failed', error, 'is-failed']]),
  ];
}
