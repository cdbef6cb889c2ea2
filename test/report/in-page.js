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
