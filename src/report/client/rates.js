// How many tasks ended, and how many were in flight, over time: in intervals as long as the part that is seen asks for.
import { data, readNumbers } from './data.js';
import { colour } from './look.js';
import { hostOf, timeChart } from './time-chart.js';
import { showTip, tipOver } from './tip.js';
import { count, figure, time } from './words.js';
import { onZoom, view } from './zoom.js';

/* global uPlot */
const { stepMs } = data.rates;
const steps = {
  ended: readNumbers(data.rates.ended),
  failed: readNumbers(data.rates.failed),
  inFlight: readNumbers(data.rates.inFlight),
};

const area = (name) => ({
  paths: uPlot.paths.stepped({ align: 1 }),
  points: { show: false },
  width: 1.5,
  // Where none failed there is to be no line.
  stroke: name === 'failed' ? undefined : () => colour(name),
  fill: () => (name === 'failed' ? colour(name) : `${colour(name)}30`),
});

export function drawRates() {
  const rates = hostOf('rates');
  const inFlight = hostOf('in-flight');
  if (rates === null || inFlight === null) return;
  let bins = binned(rates.clientWidth);
  const first = timeChart(rates, { height: 200, values: ratesOf(bins), rows: [area('done'), area('failed')] });
  const second = timeChart(inFlight, { height: 160, values: [bins.from, bins.inFlight], rows: [area('done')] });
  onZoom(() => {
    const next = binned(rates.clientWidth);
    if (next.together === bins.together) return;
    bins = next;
    first.setData(ratesOf(bins), false);
    second.setData([bins.from, bins.inFlight], false);
  });
  for (const chart of [first, second]) {
    tipOver(chart, (event, x) => {
      const ms = view.from + (x / chart.over.clientWidth) * (view.to - view.from);
      const at = Math.max(
        0,
        Math.min(
          bins.from.length - 2,
          bins.from.findLastIndex((from) => from <= ms),
        ),
      );
      const failed = bins.failed[at];
      showTip(event, `${time(bins.from[at])} to ${time(bins.from[at + 1])}`, [
        ['ended', `${count(bins.ended[at])} (${figure(perSecond(bins, bins.ended, at))}/s)`],
        ['failed', count(failed), failed > 0 ? 'is-failed' : undefined],
        ['in flight', figure(bins.inFlight[at])],
      ]);
      return true;
    });
  }
}

/** Intervals no narrower than some pixels, and no shorter than what a few tasks end in. */
function binned(width) {
  const [first, last] = [Math.floor(view.from / stepMs), Math.ceil(view.to / stepMs)];
  const seen = steps.ended.slice(first, last).reduce((sum, ended) => sum + ended, 0);
  const most = Math.max(12, Math.min(width / 5, seen / 4));
  const together = roundUp((last - first) / most);
  const bins = { together, from: [], ended: [], failed: [], inFlight: [] };
  for (let at = 0; at < steps.ended.length; at += together) {
    const sum = (values) => values.slice(at, at + together).reduce((total, value) => total + value, 0);
    const length = Math.min(together, data.spanMs / stepMs - at);
    // What is left over at the end is too short to have a rate of its own.
    const isRest = at > 0 && length < together / 2;
    if (isRest) {
      bins.ended.push(bins.ended.pop() + sum(steps.ended));
      bins.failed.push(bins.failed.pop() + sum(steps.failed));
    } else {
      bins.from.push(at * stepMs);
      bins.ended.push(sum(steps.ended));
      bins.failed.push(sum(steps.failed));
      bins.inFlight.push(sum(steps.inFlight) / 100 / length);
    }
  }
  bins.from.push(data.spanMs);
  bins.inFlight.push(bins.inFlight.at(-1));
  return bins;
}

function roundUp(least) {
  const decade = 10 ** Math.max(0, Math.floor(Math.log10(least)));
  return [1, 2, 5, 10].map((step) => step * decade).find((step) => step >= least) ?? 1;
}

/** The last value stands once more, where the last interval ends. */
function ratesOf(bins) {
  const of = (values) =>
    [...values, values.at(-1)].map((_, at) => perSecond(bins, values, Math.min(at, values.length - 1)));
  return [bins.from, of(bins.ended), of(bins.failed)];
}

function perSecond(bins, values, at) {
  return (values[at] / (bins.from[at + 1] - bins.from[at])) * 1000;
}
