import { type PolicyVersion } from '../../domain/policy-version';
import {
  observePolicies,
  observePolicyText,
  type StoredPolicies,
} from '../../observe/observe-policy';
import {
  emptyStore,
  otherWasFirst,
  type PolicyRefusal,
  refuse,
  unreadableList,
} from './policy-refusals';
import { type PolicyReply } from './policy-reply';
import { type PolicyRequest } from './policy-request';
import { type PolicyContext, storePolicy } from './store-policy';

type Rollback = Extract<PolicyRequest, { verb: 'policy-rollback' }>;

/**
 * A person's verb about the policy in the store, the same for the operator function and the command line. What cannot be done is a
 * `refused` reply. Throws `StoreUnavailable`.
 */
export async function operatePolicy(
  request: PolicyRequest,
  context: PolicyContext,
): Promise<PolicyReply> {
  const policies = await observePolicies(context.store);
  if (policies.kind === 'unreadable') return unreadableList();
  switch (request.verb) {
    case 'policy-history':
      return {
        kind: 'policy-history',
        versions: policies.kind === 'empty' ? [] : policies.versions,
      };
    case 'policy-show':
      return show(request.version, policies, context);
    case 'policy-push':
      return wasSeen(request.onto, policies)
        ? storePolicy({ ...request, restores: null }, policies, context)
        : otherWasFirst(policies);
    case 'policy-rollback':
      return wasSeen(request.onto, policies)
        ? rollBack(request, policies, context)
        : otherWasFirst(policies);
  }
}

const wasSeen = (onto: number | undefined, policies: StoredPolicies): boolean =>
  onto === undefined || onto === (policies.kind === 'versions' ? policies.newest.version : 0);

async function show(
  wanted: number | undefined,
  policies: StoredPolicies,
  { store }: PolicyContext,
): Promise<PolicyReply> {
  if (policies.kind !== 'versions') return emptyStore();
  const shown = find(wanted ?? policies.newest.version, policies.versions);
  if (shown === undefined) return unknown(wanted, policies.versions);
  const text = await observePolicyText(shown, store);
  return text === null ? gone(shown) : { kind: 'policy', shown, text };
}

/** The text of an older version becomes the newest one; what was in between stays where it is. */
async function rollBack(
  { to, by, note }: Rollback,
  policies: StoredPolicies,
  context: PolicyContext,
): Promise<PolicyReply> {
  if (policies.kind !== 'versions') return emptyStore();
  const { newest, versions } = policies;
  const wanted = find(to ?? newest.version - 1, versions);
  if (wanted === undefined) return unknown(to, versions);
  const text = await observePolicyText(wanted, context.store);
  if (text === null) return gone(wanted);
  const restores = wanted.version;
  const fileName = `version ${restores}`;
  return storePolicy({ text, fileName, by, note, restores }, policies, context);
}

const find = (version: number, versions: readonly PolicyVersion[]): PolicyVersion | undefined =>
  versions.find((one) => one.version === version);

function unknown(wanted: number | undefined, versions: readonly PolicyVersion[]): PolicyRefusal {
  const [newest, oldest] = [versions[0]?.version, versions.at(-1)?.version];
  return refuse(
    'unknown-version',
    wanted === undefined
      ? `There is no version before ${newest}.`
      : `There is no version ${wanted}; the store has ${oldest} to ${newest}.`,
  );
}

const gone = ({ version }: PolicyVersion): PolicyRefusal =>
  refuse('unknown-version', `The text of version ${version} is not in the store any more.`);
