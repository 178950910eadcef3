import { type PolicyDifference, reachOf } from '../../../shared/config/policy-difference';
import { type PolicyVersion } from '../../../shared/domain/policy-version';
import { instantText } from '../../../shared/record/text';
import { table } from '../table';
import { type Colours } from '../terminal';

/** Longest value that is shown to people; JSON has all of it. */
const SHOWN_MAX = 300;

/** What two policies differ in: whom it concerns, then a field each. */
export function differenceLines(
  found: readonly PolicyDifference[],
  names: { readonly before: string; readonly after: string },
  colours: Colours,
): readonly string[] {
  const heading = colours.bold(`${names.before} → ${names.after}`);
  if (found.length === 0) return [heading, 'The same policy.'];
  return [
    heading,
    ...found.flatMap(({ path, before, after }) => [
      path === '' ? '(everything)' : path,
      colours.red(`  - ${valueText(before)}`),
      colours.green(`  + ${valueText(after)}`),
    ]),
    ...reachLines(found),
  ];
}

function reachLines(found: readonly PolicyDifference[]): readonly string[] {
  const { added, removed, changed, isGeneral } = reachOf(found);
  const named = (what: string, names: readonly string[], then: string): readonly string[] =>
    names.length === 0 ? [] : [`${what}: ${names.join(', ')}${then}`];
  return [
    ...named('Added', added, '.'),
    ...named('Removed', removed, ': nobody looks after them any more; they stay as they are.'),
    ...named('Changed', changed, '.'),
    ...(isGeneral ? ['Changed for all: what stands outside of pools and names.'] : []),
  ];
}

const valueText = (value: unknown): string =>
  value === undefined ? '(absent)' : JSON.stringify(value).slice(0, SHOWN_MAX);

/** The versions that the store has, newest first. */
export const historyLines = (versions: readonly PolicyVersion[]): readonly string[] =>
  versions.length === 0
    ? ['The store has no policy yet: push one with `evenkeel policy push`.']
    : table(
        ['version', 'at', 'by', 'policy', 'bytes', 'note'],
        versions.map(({ version, at, by, hash, bytes, note, restores }) => [
          String(version),
          instantText(at),
          by,
          hash.slice(0, 12),
          String(bytes),
          restores === null ? note : `${note} [again ${restores}]`,
        ]),
      );
