import { loadPolicy } from '../../config/load-policy';
import {
  POLICY_BYTES_MAX,
  POLICY_VERSIONS_KEPT,
  type PolicyVersion,
} from '../../domain/policy-version';
import {
  POLICY_HEAD_KEY,
  policyTextKey,
  policyTextTime,
  POLICY_TEXTS,
} from '../../domain/store-keys';
import { since, instant, type Instant } from '../../domain/units';
import {
  observePolicies,
  observePolicyText,
  type StoredPolicies,
} from '../../observe/observe-policy';
import { type Clock } from '../../ports/clock';
import { type StateStore, StoreUnavailable } from '../../ports/state-store';
import { type PolicyReply } from './policy-reply';
import { otherWasFirst, type PolicyRefusal, refuse, unreadableList } from './policy-refusals';

export interface PolicyContext {
  readonly store: StateStore;
  readonly clock: Clock;
  /** Never gives the same twice. */
  readonly newId: () => string;
}

/** What is to become the newest version. */
export interface NewPolicy {
  readonly text: string;
  readonly fileName: string;
  readonly by: string;
  readonly note: string;
  readonly restores: number | null;
}

/** Age from which a text that no version names was left by a push that came to nothing. */
const LEFTOVER_MS = 3_600_000;

/**
 * Makes a text the newest version on top of `policies`, if it is valid and nobody else was faster. The text is written first, then
 * the list that names it, by compare-and-set: a crash in between, or the loser of two, leaves a text that nobody sees. Repeating
 * a push whose answer was lost finds its own text as the newest and writes nothing. Throws `StoreUnavailable`.
 */
export async function storePolicy(
  wanted: NewPolicy,
  policies: StoredPolicies,
  context: PolicyContext,
): Promise<PolicyReply> {
  if (policies.kind === 'unreadable') return unreadableList();
  const checked = checkPolicy(wanted, policies);
  if (checked.kind === 'refused') return checked;
  const { store } = context;
  const before = policies.kind === 'versions' ? policies.newest : null;
  if (before !== null && (await observePolicyText(before, store)) === wanted.text)
    return { kind: 'policy-unchanged', newest: before };
  const stored = versionOf(wanted, checked, before, context);
  const kept = policies.kind === 'versions' ? policies.versions : [];
  const versions = [stored, ...kept].slice(0, POLICY_VERSIONS_KEPT);
  const isWritten = await writeVersions(versions, wanted.text, policies, context);
  if (!isWritten) return otherWasFirst(await observePolicies(store));
  await tidyTexts(versions, context);
  return { kind: 'policy-stored', stored };
}

interface Checked {
  readonly kind: 'ok';
  readonly hash: string;
  readonly regionId: string;
  readonly bytes: number;
}

function checkPolicy(
  { text, fileName }: NewPolicy,
  policies: StoredPolicies,
): Checked | PolicyRefusal {
  const bytes = Buffer.byteLength(text);
  if (bytes > POLICY_BYTES_MAX)
    return refuse(
      'too-large',
      `${fileName} has ${bytes} bytes, the store takes ${POLICY_BYTES_MAX}: shorten it, for example by YAML anchors for what pools have in common.`,
    );
  const loaded = loadPolicy(text, fileName);
  if (loaded.kind === 'invalid')
    return refuse('invalid', `${fileName} is not valid:`, loaded.problems);
  const { regionId } = loaded.policy;
  if (policies.kind === 'versions' && policies.newest.regionId !== regionId)
    return refuse(
      'another-region',
      `This store has the policy of ${policies.newest.regionId}, and ${fileName} is for ${regionId}: its functions would not go by it. Each region has a store of its own.`,
    );
  return { kind: 'ok', hash: loaded.hash, regionId, bytes };
}

function versionOf(
  { by, note, restores }: NewPolicy,
  { hash, regionId, bytes }: Checked,
  before: PolicyVersion | null,
  { clock, newId }: PolicyContext,
): PolicyVersion {
  const at = clock.now();
  const version = (before?.version ?? 0) + 1;
  const textKey = policyTextKey(at, newId());
  return { version, hash, regionId, by, at, note, restores, bytes, textKey };
}

/** False when the list was changed since it was read. */
async function writeVersions(
  versions: readonly PolicyVersion[],
  text: string,
  { documentVersion }: StoredPolicies,
  { store }: PolicyContext,
): Promise<boolean> {
  const textKey = versions[0]?.textKey ?? '';
  if ((await store.compareAndSet(textKey, { text }, null)) !== 'stored') return false;
  const result = await store.compareAndSet(POLICY_HEAD_KEY, { versions }, documentVersion);
  if (result === 'stored') return true;
  await store.delete(textKey);
  return false;
}

/** Texts that no version names any more; a store that fails now keeps them until the next push. */
async function tidyTexts(
  versions: readonly PolicyVersion[],
  { store, clock }: PolicyContext,
): Promise<void> {
  const named = new Set(versions.map(({ textKey }) => textKey));
  try {
    for (const key of await store.list(POLICY_TEXTS))
      if (!named.has(key) && isOld(key, clock.now())) await store.delete(key);
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
  }
}

function isOld(key: string, now: Instant): boolean {
  const at = policyTextTime(key);
  return at !== undefined && since(instant(at), now) > LEFTOVER_MS;
}
