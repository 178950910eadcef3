import { type Instant, instant } from './units';

/** Instance tag that names the pool which owns it: only such instances are ever stopped, deleted or deregistered. */
export const POOL_TAG = 'evenkeel:pool';
/** Instance tag with the id of the operation that launched or woke it. */
export const LAUNCH_TAG = 'evenkeel:launch';
/** Instance tag of one that is on its way out, written before its weight is lowered. */
export const RETIRE_TAG = 'evenkeel:retire';
/** Instance tag of one that waits in the warm pool. */
export const WARM_TAG = 'evenkeel:warm';
/** Instance tag of a backend that the membership policy added, and may therefore remove. */
export const MEMBER_TAG = 'evenkeel:member';

/** Instance tag with the version of the launch template it was made from: the cloud's list does not say. */
export const TEMPLATE_TAG = 'evenkeel:template';

/** Why an instance is on its way out. */
export type RetireReason = 'scale-in' | 'replaced' | 'never-registered' | 'departed' | 'orphan';

const RETIRE_REASONS: readonly RetireReason[] = [
  'scale-in',
  'replaced',
  'never-registered',
  'departed',
  'orphan',
];

export interface RetireTag {
  readonly reason: RetireReason;
  readonly since: Instant;
}

/** Example: `v1 scale-in mfk3a2b0`. */
export const encodeRetireTag = ({ reason, since }: RetireTag): string =>
  `v1 ${reason} ${since.toString(36)}`;

/** What the value says; null when it is not one of ours or was tampered with: such an instance is left alone. */
export function decodeRetireTag(value: string | undefined): RetireTag | null {
  const [, reason, since] = /^v1 ([a-z-]{1,20}) ([0-9a-z]{1,9})$/u.exec(value ?? '') ?? [];
  const known = RETIRE_REASONS.find((each) => each === reason);
  return known === undefined || since === undefined
    ? null
    : { reason: known, since: instant(parseInt(since, 36)) };
}

/**
 * The retirement that an instance's tags tell of. It counts only where a pool owns the instance or the membership policy
 * added it: a mark on anybody else was copied there by mistake.
 */
export const retirementIn = (tags: Readonly<Record<string, string>>): RetireTag | null =>
  POOL_TAG in tags || MEMBER_TAG in tags ? decodeRetireTag(tags[RETIRE_TAG]) : null;

/** Example: `v1 mfk3a2b0`. */
export const encodeWarmTag = (since: Instant): string => `v1 ${since.toString(36)}`;

/** Since when it rests; null when the value is not one of ours. */
export function decodeWarmTag(value: string | undefined): Instant | null {
  const [, since] = /^v1 ([0-9a-z]{1,9})$/u.exec(value ?? '') ?? [];
  return since === undefined ? null : instant(parseInt(since, 36));
}

/**
 * Id of a launch: says when it was asked for, so that a lost store does not forget how long an instance has had to
 * come up. Example: `launch-mfk3a2b0-0x4f2q91`.
 */
export const launchedAtOf = (operationId: string | undefined): Instant | null => {
  const [, at] = /^launch-([0-9a-z]{1,9})-[0-9a-z]{1,20}$/u.exec(operationId ?? '') ?? [];
  return at === undefined ? null : instant(parseInt(at, 36));
};
