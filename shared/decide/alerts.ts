import { compareText } from '../domain/attachment';
import { type PoolPolicy } from '../domain/policy';
import { type BackendVerdict, type Alert } from '../domain/proposal';
import { type ReasonCode } from '../domain/reasons';
import { type Instant, since } from '../domain/units';
import { isLost } from './rungs';
import { type Judged } from './steps';
import { type Scene } from './scene';

/** One alert per key and quarter of an hour. */
export const ALERT_QUIET_MS = 900_000;
/** The drop is taken for the new size once it has lasted as long as its alert is remembered. */
export const INVENTORY_ALERT = 'inventory-drop';

export interface AlertLedger {
  readonly alerts: readonly Alert[];
  readonly remembered: Readonly<Record<string, Instant>>;
}

/**
 * Raises what was not raised within the last quarter of an hour. An alert whose condition persists keeps its key alive, so
 * that people are called once per episode; only the inventory drop keeps the time of its first call, to see how long it lasts.
 */
export function deduplicateAlerts(
  wanted: readonly Alert[],
  known: Readonly<Record<string, Instant>>,
  now: Instant,
): AlertLedger {
  const isRecent = (key: string): boolean =>
    known[key] !== undefined && Math.abs(since(known[key], now)) < ALERT_QUIET_MS;
  const sorted = [...wanted].sort((a, b) => compareText(a.key, b.key));
  const kept = Object.entries(known).filter(([key]) => isRecent(key));
  const refreshed = sorted
    .filter(({ key }) => key !== INVENTORY_ALERT || !isRecent(key))
    .map(({ key }): [string, Instant] => [key, now]);
  const remembered = [...new Map([...kept, ...refreshed])].sort(([a], [b]) => compareText(a, b));
  return {
    alerts: sorted.filter(({ key }) => !isRecent(key)),
    remembered: Object.fromEntries(remembered),
  };
}

/** Reasons that call people when a backend is found in them, and how loudly. */
const BACKEND_ALERTS: Partial<Record<ReasonCode, Alert['severity']>> = {
  'repair-exhausted': 'critical',
  'instance-gone': 'warning',
  'system-failure': 'warning',
  'spot-reclaim': 'warning',
  'scheduled-maintenance': 'info',
};

/** What is worth a person's attention about single backends. */
export function backendAlerts(
  judged: readonly Judged[],
  verdicts: readonly BackendVerdict[],
  policy: Pick<PoolPolicy, 'scale'>,
): readonly Alert[] {
  const byVerdict = verdicts.flatMap((verdict): readonly Alert[] => {
    const severity = BACKEND_ALERTS[verdict.reason];
    if (severity === undefined) return [];
    const message = isLost(verdict.reason)
      ? `${lossOf(verdict.reason, policy)}; ${verdict.detail}`
      : verdict.detail;
    return [backendAlert(verdict.reason, severity, verdict.instanceId, message)];
  });
  const byPersons = judged
    .filter((each) => each.subject.personWeights.length > 0 || isPutBack(each))
    .map(({ subject, transition }) => {
      const changes = subject.personWeights
        .map(
          ({ key, weight, expected }) =>
            `${key}: ${weight} instead of ${expected ?? 'a weight that is not known'}`,
        )
        .join(', ');
      return backendAlert(
        'person-set-weight',
        'warning',
        subject.backend.instanceId,
        changes === ''
          ? `${transition.detail}; that is respected for a while`
          : `somebody else set its weight (${changes}); it is kept`,
      );
    });
  return [...byVerdict, ...byPersons];
}

/** A person overruled an ejection. */
const isPutBack = ({ before, transition }: Judged): boolean =>
  before.state === 'ejected' && transition.reason === 'person-set-weight';

/** What the loss of an instance means, and whose turn it is. */
function lossOf(reason: ReasonCode, { scale }: Pick<PoolPolicy, 'scale'>): string {
  const when = reason === 'instance-gone' ? 'it is gone' : 'it will be gone';
  return scale === undefined
    ? `${when}, and the pool lacks its capacity until somebody replaces it`
    : `${when}; scaling replaces it`;
}

const backendAlert = (
  reason: ReasonCode,
  severity: Alert['severity'],
  instanceId: string,
  message: string,
): Alert => ({
  key: `${reason}/${instanceId}`,
  severity,
  reason,
  instanceId,
  message,
});

export const poolAlert = (
  reason: ReasonCode,
  severity: Alert['severity'],
  message: string,
  key: string = reason,
): Alert => ({ key, severity, reason, instanceId: null, message });

/** What is worth a person's attention about the pool as a whole. */
export function poolAlerts(
  scene: Scene,
  facts: {
    readonly healthyText: string;
    readonly isBreakerOpened: boolean;
    readonly isDropped: boolean;
  },
): readonly Alert[] {
  const { pool, vantage, isPanic } = scene;
  const wasPanic = pool.memory.panicSince !== null;
  return [
    ...(isPanic
      ? [
          poolAlert(
            'panic',
            'critical',
            `${facts.healthyText}: healing stops, last known weights are restored`,
          ),
        ]
      : []),
    ...(wasPanic && !isPanic ? [poolAlert('panic-over', 'info', facts.healthyText)] : []),
    ...(vantage.isBroken
      ? [
          poolAlert(
            'vantage-broken',
            'warning',
            `${vantage.failing} of ${vantage.probed} backends that CLB calls normal fail their probes`,
          ),
        ]
      : []),
    ...(pool.backends.length === 0
      ? [poolAlert('pool-empty', 'critical', 'the pool has no members')]
      : []),
    ...(pool.foreignMembers.length > 0
      ? [poolAlert('foreign-members', 'info', `left alone: ${pool.foreignMembers.join(', ')}`)]
      : []),
    ...(facts.isBreakerOpened
      ? [poolAlert('guard-breaker', 'critical', 'repairs did not help; no more for a while')]
      : []),
    ...(facts.isDropped
      ? [
          poolAlert(
            'guard-inventory-drop',
            'critical',
            `${pool.backends.length} members, ${pool.memory.memberCount ?? 0} before`,
            INVENTORY_ALERT,
          ),
        ]
      : []),
  ];
}
