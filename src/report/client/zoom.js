// The part of the run that all charts over time show. It is changed by dragging over a chart, by the wheel with ctrl, by
// two fingers, by keys and by the buttons; one finger or the wheel sideways move it.
import { data } from './data.js';
import { time } from './words.js';

export const view = { from: 0, to: data.spanMs };
const leastMs = Math.max(0.01, data.spanMs / 50_000);
const listeners = [];
const bar = document.querySelector('.zoom');

export function onZoom(listener) {
  listeners.push(listener);
}

export function showPart(from, to) {
  const length = Math.min(data.spanMs, Math.max(leastMs, to - from));
  const start = Math.max(0, Math.min(data.spanMs - length, (from + to - length) / 2));
  if (start === view.from && start + length === view.to) return;
  view.from = start;
  view.to = start + length;
  for (const listener of listeners) listener();
  describe();
}

/** Keeps the moment at `around` where it is. */
function zoomBy(factor, around = (view.from + view.to) / 2) {
  showPart(around - (around - view.from) / factor, around + (view.to - around) / factor);
}

/** By a part of what is seen. */
function moveBy(part) {
  const by = Math.max(-view.from, Math.min(data.spanMs - view.to, part * (view.to - view.from)));
  showPart(view.from + by, view.to + by);
}

const actions = {
  in: () => zoomBy(2),
  out: () => zoomBy(1 / 2),
  earlier: () => moveBy(-1 / 3),
  later: () => moveBy(1 / 3),
  whole: () => showPart(0, data.spanMs),
};

const keys = { '+': 'in', '=': 'in', '-': 'out', ArrowLeft: 'earlier', ArrowRight: 'later', 0: 'whole', Home: 'whole' };

export function startBar() {
  if (bar === null) return;
  bar.hidden = false;
  for (const button of bar.querySelectorAll('button')) button.addEventListener('click', actions[button.dataset.action]);
  describe();
}

function describe() {
  const isWhole = view.from === 0 && view.to === data.spanMs;
  const part = `${time(view.from)} to ${time(view.to)} of ${time(data.spanMs)}`;
  bar.querySelector('output').textContent = `Showing ${isWhole ? `the whole run, ${time(data.spanMs)}` : part}`;
  for (const button of bar.querySelectorAll('button')) button.disabled = isWhole && button.dataset.action !== 'in';
}

/** Lets a chart over time be zoomed; its plot may then no longer be dragged sideways to scroll the page. */
export function zoomable(chart, host) {
  const at = (clientX) => {
    const { left, width } = chart.over.getBoundingClientRect();
    return view.from + ((clientX - left) / width) * (view.to - view.from);
  };
  chart.over.addEventListener(
    'wheel',
    (event) => {
      const isSideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
      if (!event.ctrlKey && !isSideways) return;
      event.preventDefault();
      if (event.ctrlKey) zoomBy(Math.exp(-event.deltaY / 200), at(event.clientX));
      else moveBy((event.deltaX || event.deltaY) / chart.over.clientWidth);
    },
    { passive: false },
  );
  host.addEventListener('keydown', (event) => {
    const action = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
    if (action === undefined) return;
    event.preventDefault();
    actions[action]();
  });
  followFingers(chart.over, at);
}

function followFingers(over, at) {
  const fingers = new Map();
  over.style.touchAction = 'pan-y';
  over.addEventListener('pointerdown', (event) => {
    if (event.pointerType === 'touch') fingers.set(event.pointerId, event.clientX);
  });
  for (const name of ['pointerup', 'pointercancel']) {
    over.addEventListener(name, (event) => fingers.delete(event.pointerId));
  }
  over.addEventListener('pointermove', (event) => {
    const before = fingers.get(event.pointerId);
    if (before === undefined) return;
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    fingers.set(event.pointerId, event.clientX);
    if (other === undefined) return moveBy((before - event.clientX) / over.clientWidth);
    const apart = Math.max(10, Math.abs(event.clientX - other));
    zoomBy(apart / Math.max(10, Math.abs(before - other)), at(other));
  });
}
