// The rows of the timeline as a picture, one pixel wide for each of the screen's, so that a million tasks take no longer to
// draw than a few. A pixel is as dark as its row was busy. The part of its tasks that failed stands at the foot of the row:
// were the whole pixel given to one failure among twenty, a run in which one of twenty fails would look like one that fails.
import { blocks } from './data.js';
import { colour } from './look.js';
import { view } from './zoom.js';

/** So finely a row is divided from head to foot. */
const lines = 8;
/** A failure is never drawn smaller than so many of them, and so many pixels. */
const leastLines = 2;
const leastWidth = 2;

const strip = document.createElement('canvas');

/** Draws all rows, each as high as `lines`, below one another. `ratio` is how many pixels of the screen one of the page has. */
export function drawStrip(width, ratio) {
  const image = new ImageData(Math.max(1, Math.round(width)), Math.max(1, blocks.rows.length * lines));
  const pixels = new Uint32Array(image.data.buffer);
  const colours = { done: pixelOf(colour('done')), failed: pixelOf(colour('failed')) };
  for (const [row, range] of blocks.rows.entries()) {
    const start = row * lines * image.width;
    paint(
      pixels.subarray(start, start + lines * image.width),
      image.width,
      measured(range, image.width, ratio),
      colours,
    );
  }
  strip.width = image.width;
  strip.height = image.height;
  strip.getContext('2d').putImageData(image, 0, 0);
}

/** Copies a row to a place on a canvas. */
export function copyRow(ctx, row, left, top, width, height) {
  ctx.drawImage(strip, 0, row * lines, strip.width, lines, left, top, width, height);
}

/** Of each pixel of a row: for which part of it tasks ran, and how many tasks, and failures, fall on it. */
function measured({ first, after }, width, ratio) {
  const perMs = width / (view.to - view.from);
  const busy = new Float32Array(width);
  const tasks = new Float32Array(width);
  const failed = new Float32Array(width);
  for (let block = first; block < after; block++) {
    const start = (blocks.from[block] - view.from) * perMs;
    let end = (blocks.to[block] - view.from) * perMs;
    if (end < 0 || start > width) continue;
    // So that one task can be told from the next.
    if (end - start > 4 * ratio) end -= ratio;
    // So that what took no time is there too.
    cover(busy, Math.max(0, start), Math.min(width, Math.max(end, start + 0.05)));
    const least = blocks.failed[block] === 0 ? 0 : leastWidth * ratio;
    const [from, to] = [Math.floor(start), Math.max(Math.ceil(end), Math.floor(start) + Math.max(1, least))];
    for (let x = Math.max(0, from); x < Math.min(width, to); x++) {
      tasks[x] += blocks.counts[block] / (to - from);
      failed[x] += blocks.failed[block] / (to - from);
    }
  }
  return { busy, tasks, failed };
}

function cover(parts, from, to) {
  const [start, end] = [Math.floor(from), Math.floor(to)];
  if (start === end) parts[start] += to - from;
  else {
    parts[start] += start + 1 - from;
    parts[end] += to - end;
    for (let x = start + 1; x < end; x++) parts[x]++;
  }
}

function paint(pixels, width, { busy, tasks, failed }, colours) {
  for (let x = 0; x < width; x++) {
    if (tasks[x] === 0) continue;
    const foot = failed[x] === 0 ? 0 : Math.max(leastLines, Math.round((failed[x] / tasks[x]) * lines));
    const alpha = Math.round(255 * Math.min(1, 0.2 + 0.8 * busy[x]));
    // The bytes of a pixel are red, green, blue, alpha, and the lowest byte of a number comes first.
    const above = (colours.done & 0xff_ff_ff) | (alpha << 24);
    for (let line = 0; line < lines; line++) pixels[line * width + x] = line < lines - foot ? above : colours.failed;
  }
}

/** `#rrggbb` as a pixel. */
function pixelOf(hex) {
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  return (red | (green << 8) | (blue << 16) | (255 << 24)) >>> 0;
}
