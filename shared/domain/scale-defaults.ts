import { type ScalePolicy } from './scale-policy';
import { millis, permille } from './units';

/**
 * Defaults of scaling: all that can be known without knowing the service. What cannot be guessed has none: `min`, `max`,
 * the metrics and their targets, step rules, schedules, the launch template and its options.
 *
 * **Tolerance.** Out 10 %: what the Kubernetes HPA has used for years. In 20 %: taking away too early costs requests, too
 * late only money. In small pools one instance’s worth is more than that and holds instead, so that a change never calls
 * for its opposite.
 *
 * **Out.** No stabilisation: overload is paid at once. Rate 100 % or 4 a minute: load balancer figures stand for a minute,
 * so one wrong figure can at most double the pool.
 *
 * **In.** 600 s: the size that served the peak of the last ten minutes. Rate 10 % or 1 in 5 minutes: a wrong conclusion
 * costs a tenth before anybody can look.
 *
 * **Warm-up** 180 s: as long as slow start, until then a newcomer’s figures are those of its ramp.
 *
 * **Expected back** 15 min: a restart and a reboot with their waits fit in; those who serve must not wait longer for who is not.
 *
 * **Quorum** 80 %: unanimity lets one silent instance of 160 freeze the pool for hours; the silent rest counts as fully busy.
 *
 * **Vetoes.** Errors 2 %: below that healing does not act either. Latency: none, as nobody can guess it; name one wherever CPU
 * is the only metric. Unhealthy 20 %: more than that is an incident, not idleness. Last week’s peak: on; it costs an hour’s
 * capacity and is the one thing that knows about Monday morning.
 */
export const DEFAULT_SCALING: Pick<
  ScalePolicy,
  'tolerance' | 'out' | 'in' | 'warmUpMs' | 'expectedBackMs' | 'quorum' | 'vetoes'
> = {
  tolerance: { out: permille(100), in: permille(200) },
  out: {
    enabled: true,
    stabilisationMs: millis(0),
    rate: { windowMs: millis(60_000), share: permille(1000), count: 4 },
  },
  in: {
    enabled: true,
    stabilisationMs: millis(600_000),
    rate: { windowMs: millis(300_000), share: permille(100), count: 1 },
  },
  warmUpMs: millis(180_000),
  expectedBackMs: millis(900_000),
  quorum: permille(800),
  vetoes: {
    errorShare: permille(20),
    latencyMs: null,
    unhealthyShare: permille(200),
    lastWeekPeak: true,
  },
};

/**
 * - `spotShareMax` 50 %: a reclaim hits one type in one zone at once; half of the pool must outlive it.
 * - `batchMax` 20 a tick: a storm of launches broke provisioning itself in a known outage.
 * - `visibilityMs` 60 s: how long a new instance may be missing from the list is not published; as long nothing is done after
 *   the memory was lost.
 * - `provisionTimeoutMs` 5 min: ECS runs within one or two.
 * - `registrationTimeoutMs` 15 min: boot, installation and warm caches of slow services.
 * - `quarantineMs` 1 h: time for a person to look at what never came up.
 * - `tokenValidityMs` 10 min: how long ECS remembers a client token is not published; minutes are safe, a day may not be.
 * - `backOff` 5 to 30 min, forgotten after 3 h: at least as long as the provisioning timeout, or two dead zones would be
 *   tried in turn for ever.
 * - `breaker` 5 in a row, 10 min: a wrong image fails every time; one zone’s trouble does not fail five options.
 * - `replaceSurge` 1: the replacement is launched first, one instance at a time.
 */
export const DEFAULT_LAUNCH: Omit<
  ScalePolicy['launch'],
  'templateId' | 'templateVersion' | 'options'
> = {
  spotShareMax: permille(500),
  batchMax: 20,
  visibilityMs: millis(60_000),
  provisionTimeoutMs: millis(300_000),
  registrationTimeoutMs: millis(900_000),
  quarantineMs: millis(3_600_000),
  tokenValidityMs: millis(600_000),
  backOff: { baseMs: millis(300_000), maxMs: millis(1_800_000), resetMs: millis(10_800_000) },
  breaker: { failures: 5, openMs: millis(600_000) },
  replaceSurge: 1,
};

/**
 * - `order`: zones stay even first, then what a new template should replace anyway, then who disturbs fewest, then cost.
 * - `softMs` 60 s: what ESS waits for every backend.
 * - `hardMs` 300 s: the deregistration delay of managed load balancers; what is open then is cut, counted and reported.
 * - `idleConnections` 10: agents, health checks and a login keep a few connections on an idle instance.
 */
export const DEFAULT_RETIRE: ScalePolicy['retire'] = {
  order: ['zone-balance', 'oldest-template', 'fewest-connections', 'billing', 'newest'],
  softMs: millis(60_000),
  hardMs: millis(300_000),
  idleConnections: 10,
};

/** 0: stopped instances cost their disks, so a warm pool is asked for. */
export const DEFAULT_WARM_POOL: ScalePolicy['warmPool'] = { size: 0 };

/** Strays are left alone: only what carries our tag is ours. Two sightings 5 min apart: one boot time. */
export const DEFAULT_INVENTORY: ScalePolicy['inventory'] = {
  strays: 'leave',
  orphanMs: millis(300_000),
};
