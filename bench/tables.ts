// The figures of a measure as a Markdown table: a row for each figure and transport, a column for each peer.
import { median, type Bar, type Figure, type Figures, type Measure } from './measures/measure.ts';
import type { PeerName } from './peers/list.ts';
import type { Transport } from './peers/peer.ts';

/** What one peer came to on one transport, round by round. */
export interface Contender {
  readonly peer: PeerName;
  readonly transport: Transport;
  readonly rounds: Figures[];
}

const transports: Readonly<Record<Transport, string>> = {
  thread: 'threads',
  process: 'processes',
  inline: 'one loop',
};

export function tableOf(measure: Measure, contenders: readonly Contender[]): string {
  const measured = contenders.filter(({ rounds }) => rounds.length > 0);
  const columns = [...new Set(measured.map(({ peer }) => peer))];
  const rows = measure.figures.flatMap((figure) =>
    (Object.keys(transports) as Transport[])
      .filter((transport) =>
        measured.some((each) => each.transport === transport && valueOf(each, figure) !== undefined),
      )
      .map((transport) => rowOf(figure, transport, columns, measured)),
  );
  return markdownTable(['', ...columns, 'polyloop / best peer', 'bar'], rows);
}

/** The first column is of words, the others of figures. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), `|---|${'---:|'.repeat(head.length - 1)}`, ...rows.map(line)].join('\n');
}

export function shown(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function rowOf(
  figure: Figure,
  transport: Transport,
  columns: readonly PeerName[],
  contenders: readonly Contender[],
): string[] {
  const inRow = contenders.filter((each) => each.transport === transport);
  const cells = columns.map((column) => {
    const value = valueOf(
      inRow.find(({ peer }) => peer === column),
      figure,
    );
    return value === undefined ? '' : shown(value);
  });
  const label = [figure.label, transports[transport]].filter((part) => part !== '').join(', ');
  const own = valueOf(
    inRow.find(({ peer }) => peer === 'polyloop'),
    figure,
  );
  if (own === undefined) return [label, ...cells, '', ''];

  const bar = figure.bars?.[transport];
  const against = bar?.against;
  const rivals =
    against === undefined
      ? // `bare` is no pool; it is compared with only where a bar says so.
        inRow.filter(({ peer }) => peer !== 'polyloop' && peer !== 'bare')
      : contenders.filter((each) => against.includes(each.peer) && each.transport === (bar?.on ?? transport));
  const best = bestOf(rivals, figure);
  const ratio = best === undefined ? undefined : own / best.value;
  return [
    label,
    ...cells,
    best === undefined || ratio === undefined ? '' : `${shown(ratio)} × ${best.peer}`,
    bar === undefined ? '' : verdict(bar, figure, against === undefined ? own : ratio),
  ];
}

function bestOf(rivals: readonly Contender[], figure: Figure): { peer: PeerName; value: number } | undefined {
  const sign = figure.better === 'more' ? -1 : 1;
  return rivals
    .flatMap((rival) => {
      const value = valueOf(rival, figure);
      return value === undefined ? [] : [{ peer: rival.peer, value }];
    })
    .toSorted((a, b) => sign * (a.value - b.value))[0];
}

function verdict({ limit }: Bar, { better }: Figure, reached: number | undefined): string {
  const bar = `${better === 'more' ? '≥' : '≤'} ${limit.toLocaleString('en-US')}`;
  if (reached === undefined) return `${bar}: nobody to compare with`;
  const isMet = better === 'more' ? reached >= limit : reached <= limit;
  return `${bar}: ${isMet ? 'met' : '**missed**'}`;
}

function valueOf(contender: Contender | undefined, figure: Figure): number | undefined {
  const values = (contender?.rounds ?? []).flatMap((round) => round[figure.name] ?? []);
  return values.length === 0 ? undefined : median(values);
}
