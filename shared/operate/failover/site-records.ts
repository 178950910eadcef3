import { type DnsRecord } from '../../domain/failover/dns-record';
import { type NameMemory } from '../../domain/failover/name-memory';
import { holdsAddress, isOnOurLine, isPausedByUs } from '../../domain/failover/name-records';
import { type NamePolicy, type SitePolicy } from '../../domain/failover/name-policy';

export type RecordRefusal =
  'record-missing' | 'record-type' | 'record-duplicate' | 'record-paused-by-person';

export interface RecordProblem {
  readonly code: RecordRefusal;
  readonly message: string;
}

/** Why nothing can be ordered of a site: its records are not what could be paused or enabled. Null when they are. */
export function recordProblem(
  site: SitePolicy,
  records: readonly DnsRecord[],
  memory: NameMemory,
  policy: NamePolicy,
): RecordProblem | null {
  const { address, name } = site;
  const held = records.filter((one) => holdsAddress(one, site) && isOnOurLine(one, policy));
  if (held.length === 0)
    return { code: 'record-missing', message: `No record of ${policy.name} holds ${address}.` };
  const own = held.filter(({ type }) => type === policy.type);
  if (own.length === 0)
    return {
      code: 'record-type',
      message: `The record of ${name} is of type ${held[0]?.type ?? ''}, the policy says ${policy.type}.`,
    };
  const lines = own.map(({ line }) => line);
  const twice = lines.find((line, index) => lines.indexOf(line) !== index);
  if (twice !== undefined)
    return {
      code: 'record-duplicate',
      message: `Two records of line ${twice} hold ${address}: delete one first.`,
    };
  const isOthers = own.every((one) => !one.isEnabled && !isPausedByUs(one, memory, policy));
  return isOthers
    ? {
        code: 'record-paused-by-person',
        message: `The records of ${name} were paused by somebody else: enable them first.`,
      }
    : null;
}
