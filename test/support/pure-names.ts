import { decideName } from '../../shared/decide/failover/decide-name';
import { type DnsRecord } from '../../shared/domain/failover/dns-record';
import { EMPTY_NAME_MEMORY, type NameMemory } from '../../shared/domain/failover/name-memory';
import { type NamePolicy } from '../../shared/domain/failover/name-policy';
import {
  type NamePlan,
  type NameProposal,
  type NameStep,
} from '../../shared/domain/failover/name-proposal';
import { type NameSnapshot } from '../../shared/domain/failover/name-snapshot';
import { nextNameMemory } from '../../shared/domain/failover/next-name-memory';
import { instant, type Instant } from '../../shared/domain/units';
import { guardName } from '../../shared/guard/failover/guard-name';
import { NOW, ok } from './builders';
import { aNameSnapshot, someVotes } from './name-builders';

/** What really is, as far as decisions about a name can change it: its records. No clock, no IO. */
export interface NameWorld {
  readonly now: Instant;
  readonly records: readonly DnsRecord[];
  readonly memory: NameMemory;
}

export interface NameTurn {
  readonly name: NameSnapshot;
  readonly proposal: NameProposal;
  readonly plan: NamePlan;
  readonly world: NameWorld;
}

export const aNameWorld = (records: readonly DnsRecord[]): NameWorld => ({
  now: NOW,
  records,
  memory: EMPTY_NAME_MEMORY,
});

export const nameLater = (world: NameWorld, seconds: number): NameWorld => ({
  ...world,
  now: instant(world.now + seconds * 1000),
});

/** One turn of the loop over values: all sites are up unless the case says otherwise; every accepted step is done. */
export function nameTurn(
  world: NameWorld,
  policy: NamePolicy,
  seen: Partial<NameSnapshot> = {},
): NameTurn {
  const name = aNameSnapshot(policy, {
    records: ok(world.records, world.now),
    votes: someVotes(policy, world.now),
    memory: world.memory,
    ...seen,
    takenAt: world.now,
  });
  const proposal = decideName(name, policy);
  const plan = guardName(proposal, name, policy);
  const outcome = {
    steps: plan.steps.map(({ stepId }) => ({
      stepId,
      startedAt: world.now,
      finishedAt: world.now,
      result: { kind: 'done' as const, detail: 'read back' },
    })),
  };
  const memory = nextNameMemory({ name, proposal, plan }, outcome, world.now);
  return {
    name,
    proposal,
    plan,
    world: { ...world, records: plan.steps.reduce(land, world.records), memory },
  };
}

const land = (records: readonly DnsRecord[], step: NameStep): readonly DnsRecord[] =>
  records.map((record) => {
    if (!('recordId' in step) || step.recordId !== record.recordId) return record;
    switch (step.kind) {
      case 'enable-record':
        return { ...record, isEnabled: true };
      case 'pause-record':
        return { ...record, isEnabled: false };
      case 'set-record-weight':
        return { ...record, weight: step.to };
      case 'remark-record':
        return { ...record, remark: step.remark };
    }
  });
