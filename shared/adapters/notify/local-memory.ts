import { since, type Instant } from '../../domain/units';
import { type LocalGate } from './channel-gate';

const ENTRIES_MAX = 1000;

/**
 * What one warm program remembers of messages: enough not to flood people while the store cannot be reached, when nobody else remembers
 * anything.
 */
export class LocalMemory {
  private readonly told = new Map<string, Instant>();
  private readonly gates = new Map<string, LocalGate>();

  /** True when this program told it less than `spanMs` ago. */
  wasTold(id: string, now: Instant, spanMs: number): boolean {
    const at = this.told.get(id);
    return at !== undefined && at <= now && since(at, now) < spanMs;
  }

  noteTold(id: string, now: Instant): void {
    this.told.delete(id);
    this.told.set(id, now);
    const [oldest] = this.told.keys();
    if (this.told.size > ENTRIES_MAX && oldest !== undefined) this.told.delete(oldest);
  }

  gateOf(channelName: string): LocalGate {
    const gate = this.gates.get(channelName) ?? {};
    this.gates.set(channelName, gate);
    return gate;
  }
}
