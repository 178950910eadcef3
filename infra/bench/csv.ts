/** A table with named columns; cells are text. */
export interface CsvTable {
  readonly header: readonly string[];
  readonly rows: readonly Readonly<Record<string, string>>[];
}

/** Comma-separated text with a header line; fields may be quoted, quotes inside doubled. Short rows end in empty cells. */
export function parseCsv(text: string): CsvTable {
  const [header = [], ...lines] = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map(cells);
  return {
    header,
    rows: lines.map((line) =>
      Object.fromEntries(header.map((name, column) => [name, line[column] ?? ''])),
    ),
  };
}

const cells = (line: string): readonly string[] =>
  [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '').trim() : quoted.replaceAll('""', '"'),
  );

/** The number in a cell, or null for an empty or unreadable one. */
export function numberIn(cell: string | undefined): number | null {
  if (cell === undefined || cell.trim() === '') return null;
  const value = Number(cell);
  return Number.isFinite(value) ? value : null;
}
