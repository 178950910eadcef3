/** What the load balancer allows; each can be raised by the vendor for an account except the call size. */
export const LOAD_BALANCER_LIMITS = {
  /** Servers in one call that sets weights. */
  serversPerCall: 20,
  /** Backends behind one load balancer. */
  backendsPerLoadBalancer: 200,
  /** Calls that write, per account, region and API, in `writeWindowMs`. */
  writesPerWindow: 90,
  writeWindowMs: 60_000,
  weightMax: 100,
  /** Detection with the default check: 5 s × 3 + 2 s × 2. */
  defaultDetectionMs: 19_000,
} as const;

/**
 * Time the load balancer takes to see a dead backend: timeout × threshold + interval × (threshold − 1); a timeout below
 * the interval counts as the interval.
 *
 * Example: 5 s, 2 s, 3 → 5 × 3 + 2 × 2 = 19 s.
 */
export function detectionTimeMs(check: {
  readonly timeoutMs: number;
  readonly intervalMs: number;
  readonly unhealthyThreshold: number;
}): number {
  const timeoutMs = Math.max(check.timeoutMs, check.intervalMs);
  return timeoutMs * check.unhealthyThreshold + check.intervalMs * (check.unhealthyThreshold - 1);
}

/** How a change of many weights is sent: calls of at most 20 servers each, at most 90 calls a minute. */
export interface WriteDuration {
  readonly calls: number;
  readonly durationMs: number;
}

/**
 * Shortest time that writes to `servers` members of each target take under the quota; `lockMs` is the time for which the
 * load balancer is locked after each call, and calls to one load balancer queue behind it.
 *
 * Example: 2,000 servers in one group are 100 calls: 90 in the first minute, the rest in the second, so at least 60 s.
 */
export function writeDuration(servers: number, targets: number, lockMs = 500): WriteDuration {
  const { serversPerCall, writesPerWindow, writeWindowMs } = LOAD_BALANCER_LIMITS;
  const calls = Math.ceil(servers / serversPerCall) * targets;
  const throttledMs = Math.max(0, Math.ceil(calls / writesPerWindow) - 1) * writeWindowMs;
  return { calls, durationMs: Math.max(throttledMs, calls * lockMs) };
}

/** What ECS allows or says. */
export const COMPUTE_LIMITS = {
  /** Instances that one RunInstances call brings. */
  instancesPerLaunch: 100,
  /** Notice of a spot reclaim. */
  spotNoticeMs: 300_000,
} as const;
