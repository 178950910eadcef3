import { since, type Instant } from '../domain/units';

/** `2026-03-01 10:42:07Z`. */
export const instantText = (at: Instant): string =>
  new Date(at)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z');

/** How long ago, in the largest sensible unit. Example: 75 s is `75s`, 7,200 s is `2.0h`. */
export function ageText(from: Instant, to: Instant): string {
  const seconds = since(from, to) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)}s`;
  if (seconds < 120) return `${Math.round(seconds)}s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)}min` : `${(seconds / 3600).toFixed(1)}h`;
}

/** Permille as per cent. Example: 667 is `66.7%`. */
export const shareText = (share: number): string => `${share / 10}%`;

/** Example: `policy 0123456789ab (version 7)`; without the version where it was read from a file. */
export const policyText = ({
  policyHash,
  policyVersion,
}: {
  readonly policyHash: string;
  readonly policyVersion?: number;
}): string =>
  `policy ${policyHash.slice(0, 12)}${policyVersion === undefined ? '' : ` (version ${policyVersion})`}`;
