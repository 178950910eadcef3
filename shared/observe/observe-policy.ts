import { isPolicyHead, type PolicyVersion } from '../domain/policy-version';
import { POLICY_HEAD_KEY } from '../domain/store-keys';
import { type StateStore } from '../ports/state-store';

/** The policies that the store has; `documentVersion` is what compare-and-set compares. */
export type StoredPolicies =
  | { readonly kind: 'empty'; readonly documentVersion: null }
  /** Another program wrote it, in a form that this one does not know. */
  | { readonly kind: 'unreadable'; readonly documentVersion: number }
  | {
      readonly kind: 'versions';
      readonly newest: PolicyVersion;
      /** Newest first. */
      readonly versions: readonly PolicyVersion[];
      readonly documentVersion: number;
    };

/** Which policies the store has, without their texts. Throws `StoreUnavailable`. */
export async function observePolicies(store: Pick<StateStore, 'read'>): Promise<StoredPolicies> {
  const document = await store.read(POLICY_HEAD_KEY);
  if (document === null) return { kind: 'empty', documentVersion: null };
  const { value, version: documentVersion } = document;
  if (!isPolicyHead(value)) return { kind: 'unreadable', documentVersion };
  const { versions } = value;
  return { kind: 'versions', newest: versions[0], versions, documentVersion };
}

/** The text of one version; null when it is gone or no text. Throws `StoreUnavailable`. */
export async function observePolicyText(
  { textKey }: Pick<PolicyVersion, 'textKey'>,
  store: Pick<StateStore, 'read'>,
): Promise<string | null> {
  const value = (await store.read(textKey))?.value;
  const text: unknown =
    typeof value === 'object' && value !== null && 'text' in value ? value.text : null;
  return typeof text === 'string' ? text : null;
}
