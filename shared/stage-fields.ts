import { type Outcome } from './domain/plan';
import { type NameSnapshot } from './domain/failover/name-snapshot';
import { type PoolSnapshot } from './domain/pool';
import { type TraceFields } from './ports/trace';

/** What the spans of a turn’s stages say of it: counts, never names of instances. */
export const poolFields = ({ backends, memorySource }: PoolSnapshot): TraceFields => ({
  'evenkeel.members': backends.length,
  'evenkeel.memory': memorySource,
});

export const nameFields = ({ records, votes }: NameSnapshot): TraceFields => ({
  'evenkeel.records': records.kind,
  'evenkeel.votes': votes.length,
});

interface Proposed {
  readonly steps: readonly { readonly reason: string }[];
  readonly alerts: readonly unknown[];
}

export const proposalFields = ({ steps, alerts }: Proposed): TraceFields => ({
  'evenkeel.proposed': steps.length,
  'evenkeel.reasons': distinct(steps.map(({ reason }) => reason)),
  'evenkeel.alerts': alerts.length,
});

interface Planned {
  readonly steps: readonly unknown[];
  readonly withheld: readonly { readonly rule: string }[];
}

export const planFields = ({ steps, withheld }: Planned): TraceFields => ({
  'evenkeel.planned': steps.length,
  'evenkeel.withheld': withheld.length,
  'evenkeel.rules': distinct(withheld.map(({ rule }) => rule)),
});

export const outcomeFields = ({ steps }: Outcome): TraceFields => ({
  'evenkeel.steps': steps.length,
  'evenkeel.results': distinct(steps.map(({ result }) => result.kind)),
});

const distinct = (words: readonly string[]): string => [...new Set(words)].sort().join(' ');
