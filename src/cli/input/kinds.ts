// What bytes are, by how they begin: compressed in a way that is read here, text in another encoding, or something else, which is
// named together with the program that makes text of it.

export type Compression = 'gzip' | 'zstd' | 'xz';
export type Mark = 'utf-16le' | 'utf-16be';

interface Beginning {
  readonly bytes: readonly number[];
  /** Where they stand. */
  readonly at?: number;
}

const compressions: readonly (Beginning & { readonly kind: Compression })[] = [
  { bytes: [0x1f, 0x8b], kind: 'gzip' },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], kind: 'zstd' },
  { bytes: [0xfd, ...Buffer.from('7zXZ\0')], kind: 'xz' },
  // A frame that is to be skipped: pzstd writes one before each of data.
  ...Array.from({ length: 16 }, (_, n) => ({ bytes: [0x50 + n, 0x2a, 0x4d, 0x18], kind: 'zstd' as const })),
];

const marks: readonly (Beginning & { readonly mark: Mark })[] = [
  { bytes: [0xff, 0xfe], mark: 'utf-16le' },
  { bytes: [0xfe, 0xff], mark: 'utf-16be' },
];

const ascii = (text: string): number[] => [...Buffer.from(text, 'latin1')];
const piped = (command: string): string => `unpack it first: ${command} FILE | polyloop map …`;

/** Longer beginnings stand before those that they begin with. */
const others: readonly (Beginning & { readonly is: string; readonly advice: string })[] = [
  { bytes: [0xff, 0xfe, 0, 0], is: 'text in UTF-32', advice: 'convert it first: iconv -f UTF-32 -t UTF-8 FILE' },
  { bytes: [0, 0, 0xfe, 0xff], is: 'text in UTF-32', advice: 'convert it first: iconv -f UTF-32 -t UTF-8 FILE' },
  ...Array.from({ length: 9 }, (_, n) => ({
    bytes: ascii(`BZh${n + 1}1AY&SY`),
    is: 'compressed with bzip2',
    advice: piped('bzip2 -dc'),
  })),
  { bytes: ascii('LZIP\u0001'), is: 'compressed with lzip', advice: piped('lzip -dc') },
  { bytes: [0x5d, 0, 0], is: 'compressed with lzma', advice: piped('xz --format=lzma -dc') },
  { bytes: [0x04, 0x22, 0x4d, 0x18], is: 'compressed with lz4', advice: piped('lz4 -dc') },
  { bytes: [0x1f, 0x9d], is: 'compressed with compress', advice: piped('gzip -dc') },
  { bytes: [0xff, 0x06, 0, 0, ...ascii('sNaPpY')], is: 'compressed with snappy', advice: piped('snzip -dc') },
  { bytes: ascii('PK\u0003\u0004'), is: 'a zip archive', advice: piped('unzip -p') },
  { bytes: ascii('PK\u0005\u0006'), is: 'an empty zip archive', advice: 'there is nothing in it' },
  { bytes: ascii("7z\u00BC\u00AF'\u001C"), is: 'a 7z archive', advice: piped('7z x -so') },
  { bytes: ascii('Rar!\u001A\u0007'), is: 'a rar archive', advice: piped('unrar p -inul') },
  { bytes: ascii('ustar'), at: 257, is: 'a tar archive', advice: piped('tar -xOf') },
  { bytes: [0xd0, 0xcf, 0x11, 0xe0], is: 'an old Office document', advice: 'save it as CSV first' },
  {
    bytes: ascii('PAR1\u0015'),
    is: 'a Parquet file',
    advice: 'write it as CSV or JSON lines first, with duckdb for instance',
  },
  {
    bytes: ascii('ARROW1\0\0'),
    is: 'an Arrow file',
    advice: 'write it as CSV or JSON lines first, with duckdb for instance',
  },
  {
    bytes: ascii('Obj\u0001'),
    is: 'an Avro file',
    advice: 'write it as JSON lines first, with avro-tools for instance',
  },
  { bytes: ascii('SQLite format 3\0'), is: 'an SQLite database', advice: 'write it as CSV first: sqlite3 -csv FILE' },
  { bytes: ascii('%PDF-'), is: 'a PDF document', advice: 'make text of it first: pdftotext FILE -' },
];

/** So little may still become one of these when more comes. */
export function mayBeMore(head: Buffer): boolean {
  return [...compressions, ...marks, ...others].some(
    ({ bytes, at = 0 }) =>
      at === 0 && head.length < bytes.length && bytes.slice(0, head.length).every((byte, n) => head[n] === byte),
  );
}

export function compressionOf(head: Buffer): Compression | undefined {
  return compressions.find((beginning) => isThere(beginning, head))?.kind;
}

export function markOf(head: Buffer): Mark | undefined {
  return marks.find((beginning) => isThere(beginning, head))?.mark;
}

/** What it is that cannot be read here, and what to do about it; undefined where nothing is known against it. */
export function otherKindOf(head: Buffer): string | undefined {
  const found = others.find((beginning) => isThere(beginning, head));
  if (found === undefined) return undefined;
  if (found.is === 'a zip archive' && head.includes('[Content_Types].xml'))
    return 'it is an Office document, such as .xlsx or .docx; save it as CSV or text first';
  return `it is ${found.is}; ${found.advice}`;
}

function isThere({ bytes, at = 0 }: Beginning, head: Buffer): boolean {
  return bytes.every((byte, n) => head[at + n] === byte);
}
