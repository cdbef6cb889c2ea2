// A chart over time: all of them show the same part of the run, and a line through all of them marks where the pointer is.
import { data } from './data.js';
import { colour, font, fromZero, onLookChange, timeAxis, valueAxis } from './look.js';
import { onZoom, showPart, view, zoomable } from './zoom.js';

/* global uPlot */
const group = uPlot.sync('time');

/** The place in the page that a chart is drawn to; there is none where there is nothing to draw. */
export function hostOf(name) {
  return document.querySelector(`[data-chart="${name}"]`);
}

/** `more` are options of uPlot. */
export function timeChart(host, { height, values, rows, y = {}, draw = () => {}, labels = valueAxis(), ...more }) {
  const chart = new uPlot(
    {
      width: host.clientWidth,
      height,
      padding: [10, 14, 0, 0],
      legend: { show: false },
      scales: { x: { time: false, range: () => [view.from, view.to] }, y: { range: fromZero, ...y } },
      axes: [timeAxis(), labels],
      series: [{}, ...rows],
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: false, dist: 4 },
        sync: { key: group.key, scales: ['x', null], filters: { pub: isMovement, sub: isMovement } },
        bind: { dblclick: () => () => showPart(0, data.spanMs) },
      },
      hooks: {
        setSelect: [zoomToSelected],
        draw: [draw, markResumes],
      },
      ...more,
    },
    values,
    host,
  );
  group.sub(chart);
  onZoom(() => chart.setScale('x', { min: view.from, max: view.to }));
  zoomable(chart, host);
  keepWide(chart, host);
  return chart;
}

export function keepWide(chart, host) {
  new ResizeObserver(() => {
    if (host.clientWidth > 0 && host.clientWidth !== chart.width) {
      chart.setSize({ width: host.clientWidth, height: chart.height });
    }
  }).observe(host);
  onLookChange(() => chart.redraw());
}

/** Dragging is for one chart to know; the others hear of the new part when it is chosen. */
function isMovement(type) {
  return type === 'mousemove' || type === 'mouseleave';
}

function zoomToSelected(chart) {
  const { left, width } = chart.select;
  if (width <= 0) return;
  const [from, to] = [chart.posToVal(left, 'x'), chart.posToVal(left + width, 'x')];
  chart.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
  showPart(from, to);
}

function markResumes(chart) {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.strokeStyle = colour('ink');
  ctx.lineWidth = uPlot.pxRatio;
  ctx.setLineDash([4 * uPlot.pxRatio, 4 * uPlot.pxRatio]);
  for (const ms of data.resumedAtMs) {
    if (ms < view.from || ms > view.to) continue;
    const x = Math.round(chart.valToPos(ms, 'x', true)) + 0.5;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}

/** Text on the canvas in its own pixels. */
export function write(chart, text, x, y, align = 'left', name = 'ink') {
  const { ctx } = chart;
  const wide = uPlot.pxRatio;
  ctx.save();
  ctx.font = font.replace('14px', `${14 * wide}px`);
  ctx.fillStyle = colour(name);
  ctx.textAlign = align;
  ctx.textBaseline = 'alphabetic';
  ctx.fillText(text, x, y);
  ctx.restore();
}
