// The box beside the pointer that tells of what is under it. What it is given is text, and stays text.

const box = document.createElement('div');
box.className = 'tip';
box.setAttribute('role', 'tooltip');
box.hidden = true;
document.body.append(box);

/** `lines` are pairs of a name and a value; what comes alone stands alone. */
export function showTip(event, title, lines) {
  const heading = document.createElement('strong');
  heading.textContent = title;
  const list = document.createElement('dl');
  for (const [name, value, look] of lines) {
    const term = document.createElement('dt');
    const description = document.createElement('dd');
    term.textContent = name;
    description.textContent = value;
    if (look !== undefined) description.className = look;
    list.append(term, description);
  }
  box.replaceChildren(heading, list);
  box.hidden = false;
  const { width, height } = box.getBoundingClientRect();
  const page = document.documentElement;
  const right = event.clientX + 16;
  const left = right + width > page.clientWidth - 8 ? event.clientX - width - 16 : right;
  const below = event.clientY + 18;
  const top = below + height > page.clientHeight - 8 ? event.clientY - height - 12 : below;
  box.style.left = `${Math.max(8, Math.min(left, page.clientWidth - width - 8))}px`;
  box.style.top = `${Math.max(8, top)}px`;
}

export function hideTip() {
  box.hidden = true;
}

/** Calls `tell` where the pointer is over the plot of a chart; it says whether there is something to tell. */
export function tipOver(chart, tell) {
  chart.over.addEventListener('pointermove', (event) => {
    if (event.buttons !== 0 && event.pointerType === 'mouse') return hideTip();
    const { left, top } = chart.over.getBoundingClientRect();
    if (tell(event, event.clientX - left, event.clientY - top) !== true) hideTip();
  });
  chart.over.addEventListener('pointerdown', (event) => {
    if (event.pointerType === 'mouse') return;
    const { left, top } = chart.over.getBoundingClientRect();
    if (tell(event, event.clientX - left, event.clientY - top) !== true) hideTip();
  });
  chart.over.addEventListener('pointerleave', (event) => {
    if (event.pointerType === 'mouse') hideTip();
  });
}

addEventListener('scroll', hideTip, { passive: true });
addEventListener('keydown', (event) => {
  if (event.key === 'Escape') hideTip();
});
