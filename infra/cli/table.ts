/** Escape sequences that colour text have no width. */
// eslint-disable-next-line no-control-regex -- that is what colours are made of
const COLOUR = /\u001B\[\d+m/g;

const widthOf = (cell: string): number => Array.from(cell.replace(COLOUR, '')).length;

/**
 * Lines of a table: columns as wide as their widest cell, two spaces between, numbers to the right.
 *
 * Example: table(['pool', 'backends'], [['web', '12']]) is `pool  backends` above `web         12`.
 */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const widths = headings.map((heading, column) =>
    Math.max(widthOf(heading), ...rows.map((row) => widthOf(row[column] ?? ''))),
  );
  const isNumeric = headings.map(
    (_, column) => rows.length > 0 && rows.every((row) => /^[\d.,\s%+-]*$/.test(row[column] ?? '')),
  );
  const lay = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => {
        const space = ' '.repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell)));
        return isNumeric[column] === true ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd();
  return [lay(headings), ...rows.map(lay)];
}
