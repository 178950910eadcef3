import {
  type BackendMemory,
  type BackendState,
  EMPTY_MEMORY,
  type LadderMemory,
  type PoolMemory,
  type RepairMemory,
  type WrittenWeight,
} from '../../shared/domain/memory';
import { attachmentKey } from '../../shared/domain/attachment';
import { type Rung } from '../../shared/domain/policy';
import { type BackendSnapshot } from '../../shared/domain/pool';
import { type ProbeWindow, type RequestStatistics } from '../../shared/domain/probe-window';
import { type ReasonCode } from '../../shared/domain/reasons';
import { instant, type Instant } from '../../shared/domain/units';
import { type Chance, happens, pick } from '../support/chance';
import { type Part } from './roles';
import { answers, type Look } from './sights';

const LATE_WRITE_MS = 600_000;
const ALERT_QUIET_MS = 900_000;

/** A time that lay `span` before, or a millisecond more or less. */
const ago = ({ now, chance }: Look, span: number): Instant =>
  instant(now - span - pick(chance, [0, 0, 1, -1]));

const CAUSES: readonly ReasonCode[] = [
  'outlier-errors',
  'outlier-latency',
  'abnormal-in-load-balancer',
  'probes-failing',
  'instance-not-running',
  'instance-gone',
  'system-failure',
  'spot-reclaim',
  'scheduled-maintenance',
  'operator-drain',
];
const RUNGS: readonly Rung[] = ['lower-weight', 'drain', 'restart', 'reboot', 'replace'];
/** Where a repair is next, or under way. */
const BUSY_RUNGS: readonly Rung[] = ['drain', 'drain', 'restart', 'restart', 'reboot'];
const STATES: readonly BackendState[] = [
  'healthy',
  'healthy',
  'suspect',
  'ejected',
  'ejected',
  'probation',
];

/** What is remembered of one member, with its times on the limits of the policy or a millisecond beside them. */
export function somePast(backend: BackendSnapshot, part: Part, look: Look): BackendMemory {
  const { policy, chance } = look;
  const { heal } = policy;
  const state = stateOf(part, look);
  const isHeld = state === 'ejected';
  const step = heal.slowStart.durationMs / heal.slowStart.steps;
  const bases = baseWeights(backend, chance);
  const isProtected = pick(chance, [undefined, false, false, false, false, true]);
  return {
    state,
    since: ago(look, pick(chance, [heal.ladder.settleMs, 120_000])),
    cause: state === 'healthy' || state === 'probation' ? null : pick(chance, CAUSES),
    firstSeenAt: ago(look, 3_600_000),
    baseWeights: bases,
    written: writes(bases, look),
    badStreak: chance(4),
    goodStreak: pick(chance, [0, heal.confirm.rise - 1, heal.confirm.rise]),
    windows: pastWindows(part, look),
    statistics: pastStatistics(part, look),
    outlierStreak: 0,
    offences: chance(4),
    lastOffenceAt: chance(4) === 0 ? null : ago(look, heal.ejection.decayMs * chance(4)),
    ejectedUntil: isHeld && chance(4) > 0 ? ago(look, pick(chance, [0, 0, 30_000, -5000])) : null,
    probationStep: state === 'probation' ? chance(heal.slowStart.steps + 1) : 0,
    probationStepAt: state === 'probation' && chance(5) > 0 ? ago(look, Math.floor(step)) : null,
    ladder: isHeld && chance(5) > 0 ? someLadder(look) : null,
    repairs: someRepairs(look),
    personWeightAt: chance(5) === 0 ? ago(look, heal.ejection.maxMs) : null,
    ...(isProtected === undefined ? {} : { isProtected }),
  };
}

function stateOf({ role }: Part, { theme, chance }: Look): BackendState {
  if (role !== 'well' && happens(chance, theme.held)) return 'ejected';
  return role === 'well' && chance(2) === 0 ? 'healthy' : pick(chance, STATES);
}

const baseWeights = (backend: BackendSnapshot, chance: Chance): Readonly<Record<string, number>> =>
  Object.fromEntries(
    backend.attachments.map((attachment) => [
      attachmentKey(backend, attachment),
      pick(chance, [...Array<number>(6).fill(attachment.weight), 100, 50, 3, 1, 0]),
    ]),
  );

/** Newest first; the older ones have just, or have just not, come too far back to land late. */
function writes(bases: Readonly<Record<string, number>>, look: Look): readonly WrittenWeight[] {
  const { chance } = look;
  return Object.entries(bases).flatMap(([targetKey, base]) => {
    const count = pick(chance, [0, 1, 1, 2, 3]);
    return Array.from({ length: count }, (_, at): WrittenWeight => ({
      targetKey,
      weight: pick(chance, [0, 0, base, Math.ceil(base * 0.3), 10, 50]),
      at: ago(look, at === 0 ? 5000 : pick(chance, [60_000, LATE_WRITE_MS])),
      ...(chance(4) === 0 ? { isUncertain: true } : {}),
    }));
  });
}

/** Short windows a few seconds apart, then longer ones, as the history merges them. */
function pastWindows(part: Part, look: Look): readonly ProbeWindow[] {
  const { policy, chance, now } = look;
  if (policy.heal.probe === null) return [];
  const { perWindow, windowMs } = policy.heal.probe;
  const count = pick(chance, [0, 1, 2, 3, 4, 8, 9, 14, 20]);
  const wasAlwaysSo = chance(3) === 0;
  const gapMs = pick(chance, [0, 2500, 2500]);
  let end = now - pick(chance, [5000, 3000, policy.heal.freshness.probeMs * 2]);
  return Array.from({ length: count }, (_, at): ProbeWindow => {
    const scale = at < 8 ? 1 : 2 ** Math.min(5, at - 7);
    const endedAt = end;
    const startedAt = end - windowMs * scale;
    end = startedAt - gapMs;
    const probes = perWindow * scale;
    const role: Part =
      at < 9 || wasAlwaysSo ? part : { ...part, failuresOfTen: 0, latencyUs: 10_000 };
    return {
      startedAt: instant(startedAt),
      endedAt: instant(endedAt),
      probes,
      ...answers(role, probes, chance),
    };
  });
}

function pastStatistics(part: Part, look: Look): readonly RequestStatistics[] {
  const { chance, now, theme } = look;
  if (!theme.hasRequests) return [];
  const end = now - pick(chance, [60_000, 80_000]);
  return Array.from({ length: pick(chance, [0, 1, 2, 4, 8]) }, (_, at) => ({
    startedAt: instant(end - (at + 1) * 60_000),
    endedAt: instant(end - at * 60_000),
    requests: 1000,
    ...answers(part, 1000, chance),
  }));
}

function someLadder(look: Look): LadderMemory {
  const { chance, policy, theme } = look;
  const rung = pick(chance, theme.isRepairing ? BUSY_RUNGS : RUNGS);
  const timeoutMs = policy.heal.ladder.restart?.timeoutMs ?? 0;
  const isRestart = rung === 'restart';
  return {
    rung,
    operationId: isRestart || rung === 'reboot' ? 'op-1' : '',
    startedAt: ago(look, 30_000),
    verifyAt: ago(look, pick(chance, [0, 0, -5000, 30_000, ...(isRestart ? [timeoutMs] : [])])),
    invokeId: isRestart && chance(4) > 0 ? 't-1' : null,
  };
}

function someRepairs(look: Look): readonly RepairMemory[] {
  const { chance, policy } = look;
  return Array.from({ length: pick(chance, [0, 0, 0, 1, 1, 2]) }, () => ({
    rung: pick(chance, ['restart', 'reboot']),
    at: ago(look, pick(chance, [60_000, policy.heal.ladder.memoryMs])),
    hasHelped: pick(chance, [null, null, true, false]),
  }));
}

/** The memory of the whole pool. A few members may be unknown to it, and it may remember more than there are. */
export function somePoolPast(
  backends: readonly BackendSnapshot[],
  parts: Readonly<Record<string, Part>>,
  look: Look,
): PoolMemory {
  const { chance, policy, theme } = look;
  const isStranger = (): boolean => theme.churn > 0 && happens(chance, 80);
  const known = backends.filter(() => !isStranger());
  const { budget } = policy.guards;
  return {
    ...EMPTY_MEMORY,
    updatedAt: ago(look, 5000),
    panicSince: chance(6) === 0 ? ago(look, 60_000) : null,
    backends: Object.fromEntries(
      known.flatMap((backend) => {
        const part = parts[backend.instanceId];
        return part === undefined ? [] : [[backend.instanceId, somePast(backend, part, look)]];
      }),
    ),
    changes: backends
      .filter(() => chance(5) === 0)
      .map(({ instanceId }) => ({ at: ago(look, budget.windowMs), instanceId })),
    memberCount:
      backends.length + pick(chance, [0, 0, 0, 0, 0, theme.churn > 0 ? 1 + chance(3) : 0]),
    breakerOpenUntil: chance(5) === 0 ? ago(look, pick(chance, [0, -30_000])) : null,
    failedRepairs: chance(policy.heal.ladder.breakerFailures),
    probeCursor: chance(3),
    alerts: Object.fromEntries(
      ['inventory-drop', 'panic', 'pool-empty', 'spot-reclaim/i-0', 'repair-exhausted/i-0']
        .filter(() => chance(4) === 0)
        .map((key) => [key, ago(look, ALERT_QUIET_MS)]),
    ),
  };
}
