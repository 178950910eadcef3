import { type InstanceFaults, NO_FAULTS } from '../contracts';

/**
 * Which repair a slow or failing service gets well by: `nothing` survives (the default: a restart helps), it survives a
 * `restart` (a reboot helps), or it survives a `reboot` (only a new host helps).
 */
export type FaultSurvival = 'nothing' | 'restart' | 'reboot';

export type Repair = 'restart' | 'reboot' | 'new-host';

/**
 * The faults left after a repair.
 *
 * | repair | clears |
 * |---|---|
 * | restart of the service | crash and hang always; error share and latency unless they survive a restart or reboot |
 * | reboot | crash and hang always; error share and latency unless they survive a reboot |
 * | stop and start: a new host | everything |
 */
export function faultsAfter(
  repair: Repair,
  faults: InstanceFaults,
  survival: FaultSurvival,
): InstanceFaults {
  const isCleared =
    repair === 'new-host' ||
    survival === 'nothing' ||
    (repair === 'reboot' && survival === 'restart');
  return isCleared ? NO_FAULTS : { ...faults, isCrashed: false, isHung: false };
}
