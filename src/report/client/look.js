// How charts look: the colours of the style sheet, which are others in the dark, axes, and times along them.
import { figure } from './words.js';

export const font = '14px system-ui, sans-serif';
const pen = document.createElement('canvas').getContext('2d');
let style = getComputedStyle(document.documentElement);
const changes = ['(prefers-color-scheme: dark)', 'print'].map((query) => matchMedia(query));

export function colour(name) {
  return style.getPropertyValue(`--${name}`).trim();
}

/** A line of its own for each worker: what has no colour left has dashes. */
export function lineLook(at) {
  return { stroke: () => colour(`line-${at % 4}`), dash: at < 4 ? [] : [5, 3] };
}

export function onLookChange(repaint) {
  for (const change of changes) {
    change.addEventListener('change', () => {
      style = getComputedStyle(document.documentElement);
      repaint();
    });
  }
}

/** In pixels of the page. */
export function textWidth(text) {
  pen.font = font;
  return pen.measureText(text).width;
}

export function axis(more) {
  return {
    stroke: () => colour('muted'),
    font,
    grid: { stroke: () => colour('grid'), width: 1 },
    ticks: { show: false },
    gap: 6,
    ...more,
  };
}

const decades = Array.from({ length: 10 }, (_, power) => 10 ** (power - 4));
const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const timeSteps = [
  ...decades.slice(0, 7).flatMap((decade) => [1, 2, 5].map((step) => step * decade)),
  ...[1, 2, 5, 10, 15, 30].map((step) => step * second),
  ...[1, 2, 5, 10, 15, 30].map((step) => step * minute),
  ...[1, 2, 3, 6, 12, 24, 48, 96, 240, 480].map((step) => step * hour),
];

export function timeAxis() {
  return axis({
    size: 32,
    space: 76,
    incrs: timeSteps,
    values: (chart, splits, at, space, step) => splits.map((ms) => timeLabel(ms, step)),
  });
}

const two = (number) => String(number).padStart(2, '0');

/** As exact as the steps between: `250 ms`, `1.5 s`, `2:30`, `1:05 h`. */
function timeLabel(ms, step) {
  if (ms === 0) return '0';
  if (step < 1) return `${Number(ms.toFixed(4))} ms`;
  if (step < second && ms < minute)
    return ms < second ? `${Math.round(ms)} ms` : `${Number((ms / second).toFixed(3))} s`;
  if (ms < minute) return `${Math.round(ms / second)} s`;
  const rest = step < second ? (ms % minute) / second : Math.round((ms % minute) / second);
  if (ms < hour)
    return `${Math.floor(ms / minute)}:${step < second ? rest.toFixed(3).padStart(6, '0') : two(rest)} min`;
  const minutes = Math.floor((ms % hour) / minute);
  return `${Math.floor(ms / hour)}:${two(minutes)}${step < minute ? `:${two(Math.floor(rest))}` : ''} h`;
}

/** All charts over time begin at the same place, so that what is at one time stands in one line. */
export const axisWidth = 62;
const short = new Intl.NumberFormat('en', { notation: 'compact' });

export function valueAxis(label = (value) => (value < 100_000 ? figure(value) : short.format(value))) {
  return axis({
    size: axisWidth,
    space: 34,
    values: (chart, splits) => splits.map((value) => label(value)),
  });
}

/** From 0 to a little more than the most. */
export function fromZero(chart, min, max) {
  return [0, max > 0 ? max * 1.08 : 1];
}
