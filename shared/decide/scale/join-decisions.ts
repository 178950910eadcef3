import { type PoolSnapshot } from '../../domain/pool';
import { type Proposal } from '../../domain/proposal';
import { type Instant } from '../../domain/units';
import { deduplicateAlerts } from '../alerts';
import { type ScaleDecision } from './sources';

/** Healing and scaling as one proposal: what heals is done first. */
export function joinDecisions(
  healing: Proposal,
  { proposal, steps, alerts }: ScaleDecision,
  { memory, takenAt }: PoolSnapshot,
): Proposal {
  const ledger = deduplicateAlerts(alerts, memory.alerts, takenAt);
  return {
    ...healing,
    steps: [...healing.steps, ...steps],
    alerts: [...healing.alerts, ...ledger.alerts],
    isUnsteady: healing.isUnsteady || proposal.isUnsteady,
    memory: {
      ...healing.memory,
      alerts: { ...healing.memory.alerts, ...ledger.remembered },
      scale: proposal.memory,
    },
    lookAgainAt: earlier(healing.lookAgainAt, proposal.lookAgainAt),
    scale: proposal,
  };
}

const earlier = (one: Instant | null, other: Instant | null): Instant | null => {
  if (one === null) return other;
  return other === null || one < other ? one : other;
};
