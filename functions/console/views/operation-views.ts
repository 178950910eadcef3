import { type CapacityFloor } from '../../../shared/domain/capacity-floor';
import { type Evacuation } from '../../../shared/domain/evacuation';
import { type PoolMemory } from '../../../shared/domain/memory';
import { type DrainOrder } from '../../../shared/domain/pool';
import { type NameStatus } from '../../../shared/operate/failover/name-reply';
import { type OperationView } from '../api';

interface OrderedOfPool {
  readonly memory: PoolMemory | null;
  readonly drains: readonly DrainOrder[];
  readonly floors: readonly CapacityFloor[];
  readonly evacuation: Evacuation | null;
}

/** Everything of a pool that is under way or ordered: what people want first, then what the loop is at, then what holds it up. */
export function poolOperations(ordered: OrderedOfPool, now: number): readonly OperationView[] {
  const { memory, drains, floors, evacuation } = ordered;
  return [
    ...(evacuation === null ? [] : [evacuationView(evacuation)]),
    ...drains
      .filter(({ until }) => until === null || until > now)
      .map(({ instanceId, by, reason, at, until }) => ({
        ...{ kind: 'drain' as const, subject: instanceId, detail: reason, by, at, until },
      })),
    ...floors.map(({ by, count, reason, at, until }) => ({
      ...{ kind: 'floor' as const, subject: `≥ ${count}`, detail: reason, by, at, until },
    })),
    ...(memory === null ? [] : [...repairs(memory), ...launches(memory), ...holdUps(memory, now)]),
  ];
}

const evacuationView = ({ zoneId, by, reason, at, until }: Evacuation): OperationView => ({
  ...{ kind: 'evacuation', subject: zoneId, detail: reason, by, at, until },
});

const repairs = ({ backends }: PoolMemory): readonly OperationView[] =>
  Object.entries(backends).flatMap(([subject, { ladder }]) =>
    ladder === null
      ? []
      : [
          {
            ...{ kind: 'repair' as const, subject, detail: ladder.rung, by: null },
            ...{ at: ladder.startedAt, until: ladder.verifyAt },
          },
        ],
  );

const launches = ({ scale }: PoolMemory): readonly OperationView[] =>
  (scale?.launches ?? []).map(({ operationId, count, arrived, requestedAt }) => ({
    ...{ kind: 'launch' as const, subject: `${arrived.length}/${count}`, detail: operationId },
    ...{ by: null, at: requestedAt, until: null },
  }));

function holdUps(memory: PoolMemory, now: number): readonly OperationView[] {
  const breakers = [
    ['repair', memory.breakerOpenUntil],
    ['launch', memory.scale?.breakerOpenUntil ?? null],
  ] as const;
  return [
    ...breakers.flatMap(([subject, until]) =>
      until === null || until <= now
        ? []
        : [{ kind: 'breaker' as const, subject, detail: '', by: null, at: null, until }],
    ),
    ...Object.entries(memory.refusals ?? {})
      .filter(([, { until }]) => until > now)
      .map(([subject, { code, until }]) => ({
        ...{ kind: 'refused' as const, subject, detail: code, by: null, at: null, until },
      })),
  ];
}

/** What people want of a name, and have said about its moves. */
export const nameOperations = ({
  orders,
  approvals,
}: Pick<NameStatus, 'orders' | 'approvals'>): readonly OperationView[] => [
  ...orders.map(({ kind, siteName, by, reason, at, until }) => ({
    ...{ kind: 'site-order' as const, subject: `${kind} ${siteName}`, detail: reason },
    ...{ by, at, until },
  })),
  ...approvals.map(({ moveId, by, isGranted, at, until }) => ({
    ...{ kind: 'approval-given' as const, subject: moveId, by, at, until },
    detail: isGranted ? 'approved' : 'rejected',
  })),
];
