import { type Instant } from '../../../shared/domain/units';
import { type NameStatus } from '../../../shared/operate/failover/name-reply';
import { ageText, instantText } from '../../../shared/record/text';
import { table } from '../table';
import { type Colours } from '../terminal';

/** Where a name stands, for a terminal. */
export function nameStatusLines(
  { name, mode, updatedAt, sites, orders, pending, freeze }: NameStatus,
  now: Instant,
  colours: Colours,
): readonly string[] {
  const seen = updatedAt === null ? 'never looked at' : `looked at ${ageText(updatedAt, now)} ago`;
  return [
    `${colours.bold(name)} (${mode}): ${seen}`,
    ...(freeze === null
      ? []
      : [
          colours.yellow(
            `  frozen by ${freeze.by} until ${instantText(freeze.until)}: ${freeze.reason}`,
          ),
        ]),
    ...orders.map(
      ({ kind, siteName, by, until, reason }) =>
        `  ${kind} of ${siteName} ordered by ${by} until ${instantText(until)}: ${reason}`,
    ),
    ...pending.map(({ moveId, siteName, until }) =>
      colours.yellow(
        `  ${moveId} (${siteName}) waits for \`evenkeel approve ${name} ${moveId}\` until ${instantText(until)}`,
      ),
    ),
    ...(sites.length === 0
      ? []
      : table(
          ['site', 'region', 'state', 'for', 'reason'],
          sites.map(({ siteName, regionId, state, since, cause }) => [
            siteName,
            regionId,
            state,
            ageText(since, now),
            cause ?? '',
          ]),
        ).map((text) => `  ${text}`)),
  ];
}
