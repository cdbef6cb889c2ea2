// HTML as a template: what is put into it is text, and cannot become markup, unless it is HTML itself.

import { visibleBlock, visibleJson } from './visible.ts';

export class Html {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }
}

export type Content = Html | string | number | readonly Html[];

export function html(parts: TemplateStringsArray, ...contents: readonly Content[]): Html {
  return new Html(parts.map((part, at) => part + markupOf(contents[at] ?? '')).join(''));
}

function markupOf(content: Content): string {
  if (content instanceof Html) return content.markup;
  if (typeof content === 'object') return content.map(({ markup }) => markup).join('');
  return escaped(String(content));
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return visibleBlock(text).replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
}

/** For a script element, which ends at the first `</script`, whatever it stands in; JSON means the same with the escape. */
export function embedded(value: unknown): Html {
  return new Html(visibleJson(JSON.stringify(value)).replaceAll('<', String.raw`\u003c`));
}
