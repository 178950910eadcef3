import { type PoolPolicy } from '../../shared/domain/policy';
import {
  type InstanceStatus,
  type SystemEvent,
  type SystemEventKind,
} from '../../shared/domain/pool';
import { instant } from '../../shared/domain/units';
import { type Chance, pick } from '../support/chance';

/** What is going on with one backend, for as long as the story leaves it so. */
export type Role =
  | 'well'
  | 'abnormal'
  | 'half-abnormal'
  | 'unavailable'
  | 'hang'
  | 'half-failing'
  | 'failing'
  | 'few-failures'
  | 'slow'
  | 'stopped'
  | 'gone'
  | 'locked'
  | 'announced'
  | 'unseen';

/** One member of a story's pool: its role, with the particulars that last as long. */
export interface Part {
  readonly role: Role;
  readonly status: InstanceStatus;
  readonly locks: readonly string[];
  readonly events: readonly SystemEvent[];
  /** How slow, in microseconds, and how many of ten probes fail, where the role is about that. */
  readonly latencyUs: number;
  readonly failuresOfTen: number;
}

const PEERS_US = 10_000;

/** A part to play from `now` on; what a role leaves open lies on or beside a boundary. */
export function castAs(role: Role, now: number, policy: PoolPolicy, chance: Chance): Part {
  const stopped = pick<InstanceStatus>(chance, ['Stopped', 'Stopping', 'Starting', 'Pending']);
  const floorUs = policy.heal.outlier.latencyFloorMs * 1000;
  return {
    role,
    status: role === 'stopped' ? stopped : role === 'gone' ? 'Missing' : 'Running',
    locks:
      role === 'locked'
        ? pick<readonly string[]>(chance, [['Recycling'], ['security', 'Recycling']])
        : [],
    events: role === 'announced' ? someEvents(now, policy, chance) : [],
    latencyUs:
      role === 'slow'
        ? pick(chance, [floorUs, floorUs + 1, floorUs - 1, 5 * PEERS_US, 5 * PEERS_US])
        : PEERS_US,
    failuresOfTen: pick(chance, FAILURES[role] ?? [0]),
  };
}

/** Of ten probes; roles that are not named fail none. */
const FAILURES: Partial<Record<Role, readonly number[]>> = {
  hang: [10],
  abnormal: [0, 0, 5, 6, 10],
  'half-failing': [5, 6],
  failing: [3, 4, 5, 9],
  'few-failures': [1, 2],
};

const KINDS: readonly SystemEventKind[] = [
  ...(['scheduled-reboot', 'scheduled-stop', 'scheduled-redeploy', 'scheduled-reboot'] as const),
  ...(['spot-reclaim', 'system-failure', 'instance-failure'] as const),
];

/** One event or more, due or not; or several of which none is due yet. */
function someEvents(now: number, policy: PoolPolicy, chance: Chance): readonly SystemEvent[] {
  const aheadMs = policy.heal.ladder.drainAheadMs ?? 300_000;
  const later = [aheadMs + 1, aheadMs + 5000, 2 * aheadMs];
  if (chance(3) === 0)
    return Array.from({ length: 2 + chance(2) }, (_, at) => ({
      ...{ eventId: `e-${at}`, kind: pick(chance, KINDS.slice(0, 3)), status: 'Scheduled' },
      notBefore: instant(now + pick(chance, later)),
    }));
  return Array.from({ length: pick(chance, [1, 1, 2]) }, (_, at) => ({
    ...{ eventId: `e-${at}`, kind: pick(chance, KINDS) },
    status: pick(chance, ['Scheduled', 'Scheduled', 'Inquiring', 'Executing']),
    notBefore:
      chance(6) === 0 ? null : instant(now + pick(chance, [0, aheadMs, aheadMs - 1, ...later])),
  }));
}
