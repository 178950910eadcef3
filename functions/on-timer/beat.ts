import { type FleetPolicy } from '../../shared/config/fleet-policy';
import { CloudError } from '../../shared/domain/cloud-error';
import { plus } from '../../shared/domain/units';
import { type Clock } from '../../shared/ports/clock';
import { type Heartbeat } from '../../shared/ports/heartbeat';
import { type StateStore, StoreUnavailable } from '../../shared/ports/state-store';
import { type Invocation } from '../../shared/runtime/invocation';
import { loopAge } from '../../shared/wake/loop-age';

export interface BeatContext {
  readonly fleet: Pick<FleetPolicy, 'pools' | 'names' | 'failover' | 'regionId' | 'deployment'>;
  readonly store: Pick<StateStore, 'read'>;
  readonly heartbeat: Heartbeat;
  readonly clock: Clock;
}

/** Longest time of a beat; the next one comes in a minute. */
const BEAT_MS = 5_000;

/**
 * Beats while the loop is alive: while everything was looked at lately. Otherwise it is silent, and whoever listens calls people; the
 * log says who was not looked at. Nothing that goes wrong here keeps the timer from its work.
 */
export async function beat(
  { fleet, store, heartbeat, clock }: BeatContext,
  { log }: Pick<Invocation, 'log'>,
): Promise<boolean> {
  try {
    const { oldest, ageMs } = await loopAge(fleet, store, clock.now());
    if (ageMs === null || ageMs > fleet.deployment.heartbeatWithinMs) {
      log.error('no heartbeat: something was not looked at for too long', { oldest, ageMs });
      return false;
    }
    await heartbeat.beat(ageMs, { deadline: plus(clock.now(), BEAT_MS) });
    return true;
  } catch (error) {
    if (!(error instanceof CloudError) && !(error instanceof StoreUnavailable)) throw error;
    log.error('no heartbeat: it could not be sent', { reason: error.message });
    return false;
  }
}
