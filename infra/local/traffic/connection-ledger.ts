import { type LocalClock } from '../contracts';
import { type SlbBehaviour } from '../slb/behaviour';
import { type ListenerSettings } from '../slb/listener';

/** Ends one open connection or request at once. */
export type Cut = () => void;

/**
 * What is open to each backend, and when it ends once the backend is removed or abnormal: with connection drain on, everything that was open
 * then is cut when the time-out is over; with it off, it lives on or is cut at once, as the behaviour says. Weight 0 ends nothing.
 */
export class ConnectionLedger {
  private readonly open = new Map<string, Set<Cut>>();
  private readonly clock: LocalClock;
  private readonly behaviour: SlbBehaviour;

  constructor(clock: LocalClock, behaviour: SlbBehaviour) {
    this.clock = clock;
    this.behaviour = behaviour;
  }

  /** Enters a connection; the returned function strikes it out when it has ended. */
  enter(memberKey: string, cut: Cut): () => void {
    const cuts = this.open.get(memberKey) ?? new Set<Cut>();
    this.open.set(memberKey, cuts.add(cut));
    return () => void cuts.delete(cut);
  }

  count(memberKey: string): number {
    return this.open.get(memberKey)?.size ?? 0;
  }

  forsake(memberKey: string, settings: ListenerSettings): void {
    const cuts = this.open.get(memberKey) ?? new Set<Cut>();
    const present = [...cuts];
    const cutThose = (): void => present.filter((cut) => cuts.has(cut)).forEach((cut) => cut());
    if (settings.connectionDrain)
      this.clock.after(settings.connectionDrainTimeoutS * 1000, cutThose);
    else if (this.behaviour.withoutDrain === 'cut') cutThose();
  }

  cutAll(): void {
    for (const cuts of this.open.values()) for (const cut of [...cuts]) cut();
  }
}
