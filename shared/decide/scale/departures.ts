import {
  encodeRetireTag,
  RETIRE_TAG,
  type RetireReason,
  type RetireTag,
} from '../../domain/ownership-tags';
import { type BackendSnapshot, type PoolSnapshot } from '../../domain/pool';
import { type Alert, type Evidence, type Step, type TagStep } from '../../domain/proposal';
import { type MissingReason } from '../../domain/reading';
import { type ReasonCode } from '../../domain/reasons';
import { type RetirePolicy } from '../../domain/scale-policy';
import { type DeregisterStep } from '../../domain/scale-steps';
import { isInstanceDown } from '../../domain/serving';
import { ceilDiv, type Instant, plus, since } from '../../domain/units';
import { type Entry } from './entry';

export interface Departure {
  readonly steps: readonly Step[];
  readonly alerts: readonly Alert[];
  readonly reason: ReasonCode;
  readonly detail: string;
  /** When its drain has something to do next; null when an observation will tell. */
  readonly lookAgainAt: Instant | null;
}

const REASON_OF: Readonly<Record<RetireReason, ReasonCode>> = {
  'scale-in': 'scale-in',
  replaced: 'replaced',
  'never-registered': 'never-registered',
  departed: 'membership-departed',
  orphan: 'orphan',
};

export const reasonOf = ({ reason }: RetireTag): ReasonCode => REASON_OF[reason];

/** Says on the instance that it leaves, and why; heal sees that and drains it. */
export function retire(
  { instanceId, verdict }: Entry,
  why: RetireReason,
  pool: PoolSnapshot,
): TagStep {
  const tag = { reason: why, since: pool.takenAt };
  return {
    kind: 'tag',
    stepId: `${instanceId}/retire`,
    instanceId,
    reason: reasonOf(tag),
    evidence: verdict?.evidence ?? [],
    tags: { [RETIRE_TAG]: encodeRetireTag(tag) },
    removeKeys: [],
  };
}

/** Takes a departure back while the instance still stands in its groups: heal brings it back. */
export const keepAfterAll = ({ instanceId }: Entry): TagStep => ({
  kind: 'tag',
  stepId: `${instanceId}/keep`,
  instanceId,
  reason: 'drain-cancelled',
  evidence: [],
  tags: {},
  removeKeys: [RETIRE_TAG],
});

/** Evidence of every step of a departure: the tag itself, which people can read and take off. */
export const evidenceOf = ({ reason, since: at }: RetireTag): readonly Evidence[] => [
  { signal: 'retirement', sampledAt: at, strength: 'decisive', detail: `retired: ${reason}` },
];

/** Nothing to do but to wait. */
export const wait = (
  reason: ReasonCode,
  detail: string,
  lookAgainAt: Instant | null,
  alerts: readonly Alert[] = [],
): Departure => ({ steps: [], alerts, reason, detail, lookAgainAt });

export const seconds = (spanMs: number): string => `${ceilDiv(spanMs, 1000)} s`;

/**
 * The next step of an instance that leaves its groups. Weight 0 is heal’s work; then it settles, at least for the soft
 * deadline; what is still open then is waited for until the hard one; then it leaves every group. What cannot go on by
 * itself past the hard deadline calls people.
 */
export function leaveService(
  backend: BackendSnapshot,
  entry: Entry,
  tag: RetireTag,
  circumstances: { readonly pool: PoolSnapshot; readonly policy: RetirePolicy },
): Departure {
  return backend.attachments.some(({ weight }) => weight > 0)
    ? untilDrained(entry, tag, circumstances)
    : settle(backend, entry, tag, circumstances);
}

function untilDrained(
  { instanceId }: Entry,
  tag: RetireTag,
  { pool, policy }: { readonly pool: PoolSnapshot; readonly policy: RetirePolicy },
): Departure {
  const waitedMs = since(tag.since, pool.takenAt);
  if (waitedMs < policy.hardMs)
    return wait('retiring', 'its weight is being lowered', plus(tag.since, policy.hardMs));
  const detail = `it is to leave since ${seconds(waitedMs)} and still has weight: see what withholds it`;
  return wait('retiring', detail, null, [alarm(instanceId, 'retiring', detail)]);
}

function settle(
  backend: BackendSnapshot,
  entry: Entry,
  tag: RetireTag,
  { pool, policy }: { readonly pool: PoolSnapshot; readonly policy: RetirePolicy },
): Departure {
  const zeroAt = entry.memory.weightZeroAt ?? pool.takenAt;
  const idleMs = since(zeroAt, pool.takenAt);
  const leave = (reason: ReasonCode, open: number | null): Departure =>
    leaveGroups(backend, tag, { reason, openConnections: open });
  if (isInstanceDown(backend)) return leave('drain-idle', 0);
  if (idleMs < policy.softMs)
    return wait(
      'drain-waiting',
      `at weight 0 for ${seconds(idleMs)} of ${seconds(policy.softMs)}`,
      plus(zeroAt, policy.softMs),
    );
  const open = connectionsSince(entry, zeroAt);
  if (open === 'untold') return leave('drain-settled', null);
  const count = typeof open === 'number' ? open : null;
  if (count !== null && count <= policy.idleConnections) return leave('drain-idle', count);
  if (idleMs >= policy.hardMs) return atDeadline(leave('drain-deadline', count), entry);
  return wait(
    'drain-waiting',
    `${describeOpen(open)}, ${seconds(policy.hardMs - idleMs)} left until the hard deadline`,
    plus(zeroAt, policy.hardMs),
  );
}

type Unknown = 'awaited' | 'unread';

const describeOpen = (open: number | Unknown): string =>
  typeof open === 'number' ? `${open} connections are open` : WHY_UNKNOWN[open];

const WHY_UNKNOWN: Readonly<Record<Unknown, string>> = {
  awaited: 'connections are not counted again yet',
  unread: 'connections could not be read',
};

/** Read, and there is no figure: no agent counts them there. */
const UNCOUNTED: readonly MissingReason[] = ['no-datapoint', 'not-configured'];

/**
 * Connections as counted after the instance got no more new ones. `untold`: nobody counts them here; `awaited`: somebody
 * does, and the latest figure is older than the drain, which says nothing; `unread`: nobody knows, as it could not be read.
 */
function connectionsSince({ owned }: Entry, zeroAt: Instant): number | Unknown | 'untold' {
  const connections = owned?.connections;
  if (connections === undefined) return 'untold';
  if (connections.kind === 'missing')
    return UNCOUNTED.includes(connections.reason) ? 'untold' : 'unread';
  return connections.sampledAt >= zeroAt ? connections.value : 'awaited';
}

function leaveGroups(
  { instanceId, attachments }: BackendSnapshot,
  tag: RetireTag,
  how: { readonly reason: ReasonCode; readonly openConnections: number | null },
): Departure {
  const steps = attachments.map(({ targetKey, port }): DeregisterStep => ({
    kind: 'deregister',
    stepId: `${instanceId}/deregister/${targetKey}:${port}`,
    instanceId,
    evidence: evidenceOf(tag),
    targetKey,
    port,
    ...how,
  }));
  const { reason, openConnections } = how;
  const detail =
    openConnections === null
      ? 'open connections are not known'
      : `${openConnections} connections open`;
  return { steps, alerts: [], reason, detail, lookAgainAt: null };
}

/** What is cut is told, and counted by the step. */
const atDeadline = (departure: Departure, { instanceId }: Entry): Departure => ({
  ...departure,
  alerts: [
    alarm(
      instanceId,
      'drain-deadline',
      `it leaves at the hard deadline of its drain: ${departure.detail}`,
    ),
  ],
});

/** A departure that needs people’s eyes: it was cut short, or cannot go on. */
export const alarm = (instanceId: string, reason: ReasonCode, detail: string): Alert => ({
  key: `${reason}/${instanceId}`,
  severity: 'warning',
  reason,
  instanceId,
  message: `${instanceId}: ${detail}.`,
});
