/** Example: `web-[7,3]-a` begins at 7 and writes three digits. */
const PATTERN = /^(.*)\[(\d{1,6}),(\d)\](.*)$/;
const SUFFIX_DIGITS = 3;

/**
 * Names of the instances of one launch. Undefined: each is called by its id.
 *
 * Examples: `web-[7,3]` and 2 gives web-007 and web-008; `web` with a unique suffix web001 and web002; `web` alone web twice.
 */
export function instanceNames(
  wanted: string | undefined,
  count: number,
  hasUniqueSuffix: boolean,
): readonly (string | undefined)[] {
  const indexes = Array.from({ length: count }, (_, index) => index);
  if (wanted === undefined || wanted === '') return indexes.map(() => undefined);
  const [, prefix, begin = '0', digits = '0', suffix] = PATTERN.exec(wanted) ?? [];
  if (prefix !== undefined)
    return indexes.map(
      (index) => `${prefix}${padded(Number(begin) + index, Number(digits))}${suffix ?? ''}`,
    );
  return indexes.map((index) =>
    hasUniqueSuffix ? `${wanted}${padded(index + 1, SUFFIX_DIGITS)}` : wanted,
  );
}

const padded = (number: number, digits: number): string => String(number).padStart(digits, '0');
