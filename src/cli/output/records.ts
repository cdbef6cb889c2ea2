// How what a call has come to is written: as JSON with all that is known of it, as the bare value, or as a row of CSV.
import type { Ended } from '../ended.ts';
import { checkText, type CsvRows } from './csv-rows.ts';

export type OutputFormat = 'jsonl' | 'raw' | 'csv';

/** The lines of one input; empty where there is nothing to write. Throws where its value cannot be written so. */
export type RecordsOf = (ended: Ended) => string;

/** `rows`: where it is CSV. Failures have no place there. */
export function recordsAs(format: OutputFormat, rows: CsvRows | undefined): RecordsOf {
  if (rows !== undefined) return (ended) => (ended.ok ? rows.rowsOf(ended) : '');
  return format === 'raw' ? rawLines : jsonLines;
}

function jsonLines(ended: Ended): string {
  const { seq, kept } = ended.pulled;
  const input = kept === undefined ? '' : `"input":${kept.json},`;
  if (!ended.ok) {
    const { ms, attempts } = ended.times;
    const took = ms === undefined ? '' : `"ms":${ms},`;
    return `{"seq":${seq},"ok":false,${input}"error":${ended.error},${took}"attempts":${attempts}}\n`;
  }
  const { applied } = ended;
  const { how, ms, attempts } = applied;
  const end = `"ms":${ms},"attempts":${attempts}}\n`;
  if (how === 'value') return `{"seq":${seq},"ok":true,${input}"value":${applied.json},${end}`;
  if (how === 'nothing') return `{"seq":${seq},"ok":true,${input}${end}`;
  return applied.values
    .map((json, at) => {
      const value = json === '' ? '' : `"value":${json},`;
      return `{"seq":${seq},"part":${at + 1},"ok":true,${input}${value}${end}`;
    })
    .join('');
}

/** Texts as they are, everything else as JSON, and an empty line for nothing. Failures have no place here. */
function rawLines(ended: Ended): string {
  if (!ended.ok) return '';
  return ended.applied.values.map((json) => `${json.startsWith('"') ? textOf(json) : json}\n`).join('');
}

function textOf(json: string): string {
  const text = JSON.parse(json) as string;
  checkText('value', text);
  return text;
}
