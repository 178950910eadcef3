import { type HealthEngine } from './health-engine';
import { type Listener, type Scheduler } from './listener';
import { type RouteMember, memberKey } from './load-balancer';
import { type SlbBehaviour } from './behaviour';

export interface ClientFlow {
  readonly sourceAddress: string;
  readonly sourcePort: number;
}

/**
 * Chooses backends for one listener: among those with a weight above 0 that health allows, by the listener's scheduler. Weighted round
 * robin is the smooth kind: weights 30 and 90 interleave 1 : 3, without bursts.
 */
export class ListenerRouter {
  private listener: Listener;
  private members: readonly RouteMember[];
  private readonly health: Pick<HealthEngine, 'isFit'>;
  private readonly behaviour: SlbBehaviour;
  private readonly credit = new Map<string, number>();

  constructor(
    route: { readonly listener: Listener; readonly members: readonly RouteMember[] },
    health: Pick<HealthEngine, 'isFit'>,
    behaviour: SlbBehaviour,
  ) {
    this.listener = route.listener;
    this.members = route.members;
    this.health = health;
    this.behaviour = behaviour;
  }

  /** Takes over changed settings and members. Returns the members that are gone. */
  update(listener: Listener, members: readonly RouteMember[]): readonly RouteMember[] {
    const present = new Set(members.map(memberKey));
    const gone = this.members.filter((member) => !present.has(memberKey(member)));
    for (const member of gone) this.credit.delete(memberKey(member));
    this.listener = listener;
    this.members = members;
    return gone;
  }

  /** Backends that may be given new traffic. */
  candidates(): readonly RouteMember[] {
    const weighted = this.members.filter((member) => member.weight > 0);
    const fit = weighted.filter((member) => this.health.isFit(this.listener, member));
    return fit.length === 0 && this.behaviour.whenAllAbnormal === 'fail-open' ? weighted : fit;
  }

  /** Chooses for a new connection or request; undefined when no backend may serve. */
  pick(flow: ClientFlow, activeOf: (key: string) => number): RouteMember | undefined {
    const candidates = this.candidates();
    return SCHEDULE[this.listener.settings.scheduler]({
      candidates,
      flow,
      activeOf,
      credit: this.credit,
    });
  }

  /** The backend of an existing session, or undefined when the client must be sent elsewhere. */
  stay(isTheirs: (member: RouteMember) => boolean): RouteMember | undefined {
    const member = this.members.find(isTheirs);
    if (member === undefined) return undefined;
    const isDrained = member.weight === 0;
    if (isDrained && this.behaviour.stickyAtWeightZero === 'follow-weight') return undefined;
    if (isDrained) return this.health.isFit(this.listener, member) ? member : undefined;
    return this.candidates().includes(member) ? member : undefined;
  }
}

interface Choice {
  readonly candidates: readonly RouteMember[];
  readonly flow: ClientFlow;
  readonly activeOf: (key: string) => number;
  readonly credit: Map<string, number>;
}

const SCHEDULE: Readonly<Record<Scheduler, (choice: Choice) => RouteMember | undefined>> = {
  wrr: (choice) => smooth(choice, (member) => member.weight),
  rr: (choice) => smooth(choice, () => 1),
  wlc: ({ candidates, activeOf }) =>
    leastLoaded(candidates, (member) => (activeOf(memberKey(member)) + 1) / member.weight),
  sch: ({ candidates, flow }) => byHash(candidates, flow.sourceAddress),
  qch: ({ candidates, flow }) => byHash(candidates, flow.sourceAddress),
  tch: ({ candidates, flow }) => byHash(candidates, `${flow.sourceAddress}:${flow.sourcePort}`),
};

/** Everyone earns its weight; the richest serves and pays the sum of all. */
function smooth(
  { candidates, credit }: Choice,
  weightOf: (member: RouteMember) => number,
): RouteMember | undefined {
  let total = 0;
  let best: { readonly member: RouteMember; readonly credit: number } | undefined;
  for (const member of candidates) {
    const earned = (credit.get(memberKey(member)) ?? 0) + weightOf(member);
    credit.set(memberKey(member), earned);
    total += weightOf(member);
    if (best === undefined || earned > best.credit) best = { member, credit: earned };
  }
  if (best !== undefined) credit.set(memberKey(best.member), best.credit - total);
  return best?.member;
}

function leastLoaded(
  candidates: readonly RouteMember[],
  loadOf: (member: RouteMember) => number,
): RouteMember | undefined {
  let best: RouteMember | undefined;
  for (const member of candidates)
    if (best === undefined || loadOf(member) < loadOf(best)) best = member;
  return best;
}

function byHash(candidates: readonly RouteMember[], text: string): RouteMember | undefined {
  const total = candidates.reduce((sum, { weight }) => sum + weight, 0);
  let point = total === 0 ? 0 : fnv1a(text) % total;
  return candidates.find((member) => (point -= member.weight) < 0);
}

/** FNV-1a, 32 bits. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of Buffer.from(text)) hash = Math.imul(hash ^ character, 0x01000193) >>> 0;
  return hash;
}
