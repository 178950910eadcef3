import { type PoolPolicy } from '../domain/policy';
import { type BackendSnapshot, type PoolSnapshot } from '../domain/pool';
import { type ProbeWindow } from '../domain/probe-window';
import { freshValue } from '../domain/reading';
import { isAvoided, isInstanceDown } from '../domain/serving';

/** Whether our own probes can be believed this tick. */
export interface Vantage {
  readonly isBroken: boolean;
  /** Backends called normal by the load balancer that were probed, and how many of them failed. */
  readonly probed: number;
  readonly failing: number;
}

/**
 * Probes that fail for most backends which the load balancer calls normal say more about the prober's network than about
 * the backends. Backends that are held out already do not count on either side: they are expected to fail.
 *
 *     broken  ⇔  failing × 1000 ≥ probed × brokenVantage
 *
 * Example: 6 of 10 fail with 500 ‰ → broken; 1 of 10 → believed.
 */
export function judgeVantage(pool: PoolSnapshot, policy: PoolPolicy): Vantage {
  const windows = pool.backends
    .filter((backend) => isBelievedWell(backend, pool))
    .flatMap((backend) => freshValue(backend.probe) ?? []);
  const probed = windows.filter((window) => window.probes > 0);
  const failing = probed.filter(isMostlyFailing).length;
  const isBroken =
    failing > 0 && failing * 1000 >= probed.length * policy.heal.outlier.brokenVantage;
  return { isBroken, probed: probed.length, failing };
}

const isMostlyFailing = (window: ProbeWindow): boolean => window.failures * 2 > window.probes;

function isBelievedWell(backend: BackendSnapshot, pool: PoolSnapshot): boolean {
  const isHeldOut = pool.memory.backends[backend.instanceId]?.state === 'ejected';
  return (
    !isHeldOut &&
    !isInstanceDown(backend) &&
    !backend.attachments.some((attachment) => isAvoided(attachment, null))
  );
}
