import {
  type MoveMemory,
  type PendingApproval,
  type SiteMemory,
  type SiteState,
} from '../../domain/failover/name-memory';
import { type NameAlert, type NameStep } from '../../domain/failover/name-proposal';
import { type NameReasonCode } from '../../domain/failover/name-reasons';
import { type Instant } from '../../domain/units';
import { type Forecast } from './forecast';
import { type NameScene, type SiteView } from './scene';

/** What is right for one site, its steps in their order. */
export interface SiteDecision {
  readonly view: SiteView;
  readonly reason: NameReasonCode;
  readonly detail: string;
  readonly steps: readonly NameStep[];
  /** Memory if its steps are done, and if they are not. */
  readonly next: SiteMemory;
  readonly stay: SiteMemory;
  /** The move that its steps begin or go on with. */
  readonly move: MoveMemory | null;
  readonly forecast: Forecast | null;
  readonly pending: PendingApproval | null;
  readonly alerts: readonly NameAlert[];
  /** When time alone would change it. */
  readonly dueAt: Instant | null;
}

type Choices = Pick<SiteDecision, 'reason' | 'detail'> & Partial<SiteDecision>;

/** Memory in another state; an unchanged state keeps its time. */
export const enter = (
  state: SiteState,
  { memory }: SiteView,
  { now }: NameScene,
  parts: Partial<SiteMemory> = {},
): SiteMemory => ({
  ...memory,
  state,
  since: memory.state === state ? memory.since : now,
  ...parts,
});

/** A decision without steps unless it names some. */
export function settle(view: SiteView, next: SiteMemory, choices: Choices): SiteDecision {
  const cause = choices.reason;
  return {
    view,
    steps: [],
    next: { ...next, cause },
    stay: { ...next, cause },
    move: null,
    forecast: null,
    pending: null,
    alerts: [],
    dueAt: null,
    ...choices,
  };
}
