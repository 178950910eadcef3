/** Where the loop keeps its documents in the state store. One place, so that nobody spells a key twice. */
export const memoryKey = (poolName: string): string => `memory/${poolName}`;
export const drainsKey = (poolName: string): string => `drains/${poolName}`;
/** When orders were taken back last, by instance: a tag that is older orders nothing any more. */
export const liftedKey = (poolName: string): string => `lifted/${poolName}`;
export const capacityKey = (poolName: string): string => `capacity/${poolName}`;
export const operationKey = (operationId: string): string => `operations/${operationId}`;
export const alertedKey = (poolName: string, alertKey: string): string =>
  `alerted/${poolName}/${alertKey}`;

/** Names of leases and dirty marks. */
export const poolLease = (poolName: string): string => `pool/${poolName}`;
export const writeSlot = (loadBalancerId: string): string => `slot/${loadBalancerId}`;
export const instanceLock = (instanceId: string): string => `instance/${instanceId}`;

/** Tags on instances that are Evenkeel's begin like this; those of healing are in `heal-tag.ts`. */
export const TAG_PREFIX = 'evenkeel:';
/** Instance tag that carries a person's order to drain. */
export const DRAIN_TAG = 'evenkeel:drain';
