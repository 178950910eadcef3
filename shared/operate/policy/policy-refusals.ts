import { type PolicyProblem } from '../../config/problem';
import { type PolicyVersion } from '../../domain/policy-version';
import { type StoredPolicies } from '../../observe/observe-policy';
import { type PolicyReply } from './policy-reply';

export type PolicyRefusal = Extract<PolicyReply, { kind: 'refused' }>;

export const refuse = (
  code: PolicyRefusal['code'],
  message: string,
  problems: readonly PolicyProblem[] = [],
): PolicyRefusal => ({ kind: 'refused', code, message, problems });

export const emptyStore = (): PolicyRefusal =>
  refuse('empty', 'The store has no policy yet: push one with `evenkeel policy push`.');

export const unreadableList = (): PolicyRefusal =>
  refuse(
    'unreadable',
    'The store’s list of policies is of a form that this program does not know: use the version of Evenkeel that wrote it, or a newer one.',
  );

/** Who was first, and what to do. */
export function otherWasFirst(policies: StoredPolicies): PolicyRefusal {
  const who =
    policies.kind === 'versions' ? `: version ${describeVersion(policies.newest)}` : ' meanwhile';
  return refuse(
    'conflict',
    `Somebody else changed the policy in the store${who}. Nothing was stored: look at \`evenkeel policy diff\`, then push again.`,
  );
}

/** Example: `7 by ann, 2026-01-02T03:04:05Z (smaller floor)`. */
export const describeVersion = ({ version, by, at, note }: PolicyVersion): string =>
  `${version} by ${by}, ${new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')} (${note})`;
