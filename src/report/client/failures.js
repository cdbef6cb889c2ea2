// All failures of a kind, where somebody wants to see them: they are unpacked then, and so many at a time are shown.
import { data } from './data.js';
import { count, plural, time } from './words.js';

const shownAtOnce = 100;
const heads = [
  ['Task', 'number'],
  ['Input', 'input'],
  ['Error', 'input'],
  ['Ran for', 'number'],
  ['Attempts', 'number'],
];

export function startLists() {
  for (const details of document.querySelectorAll('[data-failures]'))
    details.addEventListener('toggle', () => void fill(details), { once: true });
}

async function fill(details) {
  const [seqs, inputs, errors, times, attempts] = await unpacked(data.failures[Number(details.dataset.failures)]);
  const all = [...seqs.keys()];
  let found = all;
  let from = 0;

  const body = element('tbody');
  const told = element('output');
  const search = element('input', { type: 'search', placeholder: 'Search inputs and errors' });
  search.setAttribute('aria-label', search.placeholder);
  const buttons = [
    ['First', () => 0],
    ['Earlier', () => from - shownAtOnce],
    ['Later', () => from + shownAtOnce],
    ['Last', () => lastPage()],
  ].map(([name, to]) => [element('button', { type: 'button', textContent: name }), to]);
  const lastPage = () => Math.floor(Math.max(0, found.length - 1) / shownAtOnce) * shownAtOnce;

  const show = () => {
    const part = found.slice(from, from + shownAtOnce);
    const range = found.length <= shownAtOnce ? '' : `${count(from + 1)} to ${count(from + part.length)} of `;
    told.textContent = `${range}${plural(found.length, 'task')}`;
    for (const [button, to] of buttons) button.disabled = to() < 0 || to() > lastPage() || to() === from;
    body.closest('.scroll')?.scrollTo(0, 0);
    body.replaceChildren(
      ...part.map((at) =>
        row([count(seqs[at]), inputs[at], errors[at], times[at] === null ? '—' : time(times[at]), count(attempts[at])]),
      ),
    );
  };
  for (const [button, to] of buttons) {
    button.addEventListener('click', () => {
      from = to();
      show();
    });
  }
  search.addEventListener('input', () => {
    const wanted = search.value.toLowerCase();
    const has = (text) => text.toLowerCase().includes(wanted);
    found = wanted === '' ? all : all.filter((at) => has(inputs[at]) || has(errors[at]));
    from = 0;
    show();
  });
  const bar = element('div', { className: 'pager' });
  bar.append(told, search, ...buttons.map(([button]) => button));
  details.append(bar, tableOf(body));
  show();
}

async function unpacked(base64) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return JSON.parse(await new Response(stream).text());
}

function tableOf(body) {
  const head = element('thead');
  head.append(element('tr'));
  for (const [name, look] of heads)
    head.firstChild.append(element('th', { scope: 'col', className: look, textContent: name }));
  const table = element('table');
  table.append(head, body);
  const scroll = element('div', { className: 'scroll', tabIndex: 0 });
  scroll.append(table);
  return scroll;
}

function row(cells) {
  const line = element('tr');
  line.append(...cells.map((textContent, at) => element('td', { className: heads[at][1], textContent })));
  return line;
}

/** What it is given is text, and stays text. */
function element(name, properties = {}) {
  return Object.assign(document.createElement(name), properties);
}
