// What tests ask inside of a page. JavaScript, for the types of the DOM are not those of the rest of the program.

/** @returns {number} */
export function redOfPaper() {
  return Number(/\d+/.exec(getComputedStyle(document.body).backgroundColor)?.[0]);
}

/** @returns {number} How many pixels of the page are beside the screen. */
export function overflow() {
  return document.scrollingElement.scrollWidth - innerWidth;
}

/** @returns {string[]} */
export function elementsWithSmallText() {
  return [...document.querySelectorAll('main *')]
    .filter((element) => element.checkVisibility() && Number.parseFloat(getComputedStyle(element).fontSize) < 14)
    .map(({ tagName }) => tagName);
}

/** What listens for scrolling has heard of it: it does with the next frame. */
export async function scrolled() {
  for (let frame = 0; frame < 2; frame++) await new Promise((resolve) => requestAnimationFrame(resolve));
}

/** @returns {number} Milliseconds since the page began to load. */
export function age() {
  return performance.now();
}

/** @returns {Promise<number>} Milliseconds for a zoom of all charts: the middle of five. */
export async function zoomMs() {
  const times = [];
  for (let round = 0; round < 5; round++) {
    const from = performance.now();
    document.querySelector('[data-action=in]').click();
    // Charts draw in a microtask; what a canvas was told is done when its picture is asked for.
    await Promise.resolve();
    const picture = await createImageBitmap(document.querySelector('[data-chart=timeline] canvas'));
    picture.close();
    times.push(performance.now() - from);
  }
  return times.sort((a, b) => a - b)[2] ?? 0;
}

/** Notes all that is written on canvases from now on. */
export function noteTexts() {
  const texts = (globalThis.texts = []);
  const { fillText } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.fillText = function note(text, x, y) {
    const { width } = this.measureText(text);
    const from = x - { center: width / 2, right: width }[this.textAlign] || x;
    texts.push({ chart: this.canvas.closest('[data-chart]')?.dataset.chart, text, from, to: from + width, y });
    fillText.call(this, text, x, y);
  };
}

/** Of what is written in a chart: texts that run into one another, or out of it. */
export function collisions(chart) {
  const wide = document.querySelector(`[data-chart=${chart}] canvas`).width;
  const texts = globalThis.texts.filter((one) => one.chart === chart && one.text.trim() !== '');
  const isSame = (one, other) => one.text === other.text && Math.abs(one.from - other.from) < 2;
  const touch = (one, other) => Math.abs(one.y - other.y) < 4 && one.from < other.to && other.from < one.to;
  return texts
    .filter((one) => one.from < 0 || one.to > wide || texts.some((other) => !isSame(one, other) && touch(one, other)))
    .map(({ text }) => text);
}
