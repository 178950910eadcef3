import { type Finding, type FindingStatus } from '../../doctor/finding';
import { type Colours } from '../terminal';

const SIGNS: Readonly<Record<FindingStatus, string>> = {
  ok: '✓',
  warning: '!',
  problem: '✗',
  skipped: '–',
};

/** One finding, and under it what to do. */
export function findingLines(
  { check, status, sentence, remedy }: Finding,
  colours: Colours,
): readonly string[] {
  const paint = {
    ok: colours.green,
    warning: colours.yellow,
    problem: colours.red,
    skipped: colours.dim,
  }[status];
  return [
    `${paint(SIGNS[status])} ${check.padEnd(12)}${sentence}`,
    ...(remedy === null ? [] : [colours.dim(`              → ${remedy}`)]),
  ];
}

/** Example: `41 well, 2 skipped, 1 problem`. */
export function summaryOf(findings: readonly Finding[]): string {
  const count = (status: FindingStatus): number =>
    findings.filter((one) => one.status === status).length;
  const problems = count('problem');
  const warnings = count('warning');
  return [
    `${count('ok')} well`,
    ...(count('skipped') > 0 ? [`${count('skipped')} skipped`] : []),
    ...(warnings > 0 ? [`${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`] : []),
    `${problems} ${problems === 1 ? 'problem' : 'problems'}`,
  ].join(', ');
}
