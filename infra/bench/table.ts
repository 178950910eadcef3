/** Rows as aligned columns for a terminal: text to the left, numbers to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => pad(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join(
    '\n',
  );
}

const pad = (cell: string, width: number): string =>
  /^[≤<>]?\s?[\d.,–-]+\s?[%×a-zµ]*$/u.test(cell) ? cell.padStart(width) : cell.padEnd(width);
