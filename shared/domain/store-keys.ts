/** Where the loop keeps its documents in the state store. One place, so that nobody spells a key twice. */
export const memoryKey = (poolName: string): string => `memory/${poolName}`;
export const drainsKey = (poolName: string): string => `drains/${poolName}`;
/** When orders were taken back last, by instance: a tag that is older orders nothing any more. */
export const liftedKey = (poolName: string): string => `lifted/${poolName}`;
export const capacityKey = (poolName: string): string => `capacity/${poolName}`;
/** Floors that names of other regions have asked a pool for. */
export const floorsKey = (poolName: string): string => `floors/${poolName}`;
/** Notes of launches and repairs that are under way. */
export const OPERATIONS = 'operations/';
export const operationKey = (operationId: string): string => `${OPERATIONS}${operationId}`;
export const alertedKey = (poolName: string, alertKey: string): string =>
  `alerted/${poolName}/${alertKey}`;

/** Documents of names; a name and a pool may be called the same. */
export const nameMemoryKey = (name: string): string => `name-memory/${name}`;
export const nameOrdersKey = (name: string): string => `name-orders/${name}`;
export const approvalsKey = (name: string): string => `approvals/${name}`;
export const outsideVotesKey = (name: string): string => `votes/${name}`;
/** A person's freeze of everything, or of one pool or name. */
export const FREEZES = 'freeze/';
export const freezeKey = (scope: 'all' | `pool/${string}` | `name/${string}`): string =>
  `${FREEZES}${scope}`;
/** Versions of the policy, newest first, without their texts. */
export const POLICY_HEAD_KEY = 'policy/head';
/** Texts of the policy. */
export const POLICY_TEXTS = 'policy/text/';
/** A text is written before the list that names it, under a key that nobody else uses; its time tells when it may be tidied away. */
export const policyTextKey = (at: number, id: string): string => `${POLICY_TEXTS}${at}-${id}`;
/** When a text of the policy was written; undefined where the key is not one of ours. */
export function policyTextTime(key: string): number | undefined {
  const [, digits] = /^policy\/text\/(\d{1,15})-/.exec(key) ?? [];
  return digits === undefined ? undefined : Number(digits);
}
/** A person's order to leave a zone, by pool. */
export const EVACUATIONS = 'evacuations/';
export const evacuationKey = (poolName: string): string => `${EVACUATIONS}${poolName}`;
/** A person's order to take back what healing did to a pool. */
export const reversalKey = (poolName: string): string => `reversals/${poolName}`;
/** Whose turn it is to order an evacuation of a region's zones: one zone at a time, above all pools. */
export const evacuationTurn = (regionId: string): string => `evacuation/${regionId}`;
/** Which region is being failed over; one at a time, above all names. */
export const REGION_CLAIM_KEY = 'failover/region';

/** Instances that a pool was seen with last; kept where there are many pools, together with the buckets. */
export const membersKey = (poolName: string): string => `members/${poolName}`;
/** Documents in which the pools of all instances stand, by a checksum of their ids. */
export const MEMBER_BUCKETS = 256;
export const memberBucketKey = (bucket: number): string => `member-pools/${bucket}`;

/** Names of leases and dirty marks. */
export const nameLease = (name: string): string => `name/${name}`;
/** Writes to one domain are made one after the other. */
export const domainSlot = (domain: string): string => `domain/${domain}`;
export const poolLease = (poolName: string): string => `pool/${poolName}`;
export const writeSlot = (loadBalancerId: string): string => `slot/${loadBalancerId}`;
export const instanceLock = (instanceId: string): string => `instance/${instanceId}`;

/** Tags on instances that are Evenkeel's begin like this; those of healing are in `heal-tag.ts`. */
export const TAG_PREFIX = 'evenkeel:';
/** Instance tag that carries a person's order to drain. */
export const DRAIN_TAG = 'evenkeel:drain';

/** Token bucket of an account’s calls of CloudMonitor in a month; whoever reads or writes metrics takes from this one. */
export const metricCallsBucket = (accountId: string): string => `metric-calls/${accountId}`;
