import { type LocalClock } from '../contracts';
import { slbError } from './errors';

/** What a change touches: the default group, one VServer group, or the load balancer and its listeners. */
export type ChangeScope =
  | { readonly kind: 'backends' }
  | { readonly kind: 'group'; readonly groupId: string }
  | { readonly kind: 'service' };

interface Pending {
  readonly scope: ChangeScope;
  readonly until: number;
}

/**
 * One change at a time per load balancer: while one is being applied, the next is refused, with a code that depends on both. Two VServer
 * groups of one load balancer collide too.
 */
export class ConfigurationLock {
  private readonly pending = new Map<string, Pending>();
  private readonly clock: LocalClock;
  private readonly durationMs: number;

  constructor(clock: LocalClock, durationMs: number) {
    this.clock = clock;
    this.durationMs = durationMs;
  }

  /** Throws 400 ServiceIsConfiguring, 400 VServerGroupProcessing or 409 BackendServer.configuring while a change is pending. */
  check(loadBalancerId: string, scope: ChangeScope): void {
    const held = this.pending.get(loadBalancerId);
    if (held === undefined || held.until <= this.clock.now()) return;
    if (scope.kind === 'service' || held.scope.kind === 'service')
      throw slbError.serviceConfiguring();
    if (
      scope.kind === 'group' &&
      held.scope.kind === 'group' &&
      held.scope.groupId === scope.groupId
    )
      throw slbError.groupProcessing();
    throw slbError.backendsConfiguring();
  }

  hold(loadBalancerId: string, scope: ChangeScope): void {
    this.pending.set(loadBalancerId, { scope, until: this.clock.now() + this.durationMs });
  }
}
