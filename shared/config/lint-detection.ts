import { LOAD_BALANCER_LIMITS, detectionTimeMs } from './limits';
import { remarkIf, lintRules } from './lint-rule';
import { formatDuration } from './notation';

/** Detection slower than this is worth a word. */
const SLOW_DETECTION_MS = 30_000;
/** A whole pool should be probed about this often, or gray failures last. */
const ROTATION_MS_MAX = 120_000;

export const DETECTION_RULES = lintRules([
  {
    code: 'own-load-balancer',
    severity: 'error',
    about:
      'A backend of a layer-4 listener cannot be a client of its own load balancer: the packet returns to itself.',
    check: ({ declared, listeners }) => {
      const layer4 = listeners.filter((one) => one.protocol === 'tcp' || one.protocol === 'udp');
      return remarkIf(declared.callsOwnLoadBalancer && layer4.length > 0, () => ({
        at: ['facts', 'callsOwnLoadBalancer'],
        sentence: `Backends call their own load balancer through ${layer4.map((one) => `${one.protocol} ${one.port}`).join(', ')}: a request that is sent back to its sender is lost.`,
        remedy: 'Use an HTTP listener for such calls, or a second load balancer.',
      }));
    },
  },
  {
    code: 'own-load-balancer-unknown',
    severity: 'warning',
    about: 'Backends call their own load balancer, and the protocol of its listeners is not known.',
    check: ({ declared, listeners }) =>
      remarkIf(declared.callsOwnLoadBalancer && listeners.length === 0, () => ({
        at: ['facts', 'callsOwnLoadBalancer'],
        sentence:
          'Backends call their own load balancer; behind a TCP or UDP listener some of these calls are lost.',
        remedy: 'Declare the listeners under facts, or run plan, which asks the load balancer.',
      })),
  },
  {
    code: 'no-health-check',
    severity: 'warning',
    about:
      'Without a health check the load balancer keeps sending to dead backends, and Evenkeel loses its best signal.',
    check: ({ listeners }) =>
      listeners
        .filter((one) => !one.hasHealthCheck)
        .map((one) => ({
          at: ['facts', 'listeners'],
          sentence: `Listener ${one.protocol} ${one.port} has no health check.`,
          remedy: 'Switch it on: nothing else names a dead backend as fast.',
        })),
  },
  {
    code: 'slow-detection',
    severity: 'warning',
    about:
      'The load balancer takes long to see a dead backend: timeout × threshold + interval × (threshold − 1).',
    check: ({ listeners }) =>
      listeners
        .filter((one) => one.hasHealthCheck && one.detectionMs > SLOW_DETECTION_MS)
        .map((one) => ({
          at: ['facts', 'listeners'],
          sentence: `Listener ${one.protocol} ${one.port} sees a dead backend only after ${formatDuration(one.detectionMs)}; the load balancer’s default is ${formatDuration(LOAD_BALANCER_LIMITS.defaultDetectionMs)}.`,
          remedy: 'Shorten its timeout, interval or unhealthy threshold.',
        })),
  },
  {
    code: 'health-timeout-below-latency',
    severity: 'warning',
    about:
      'Health checks time out before ordinary requests are answered, so healthy backends are called abnormal.',
    check: ({ declared }) =>
      declared.listeners.flatMap(({ healthCheck, port }, index) =>
        remarkIf(
          healthCheck !== null &&
            declared.latencyP99Ms !== null &&
            healthCheck.timeoutMs <= declared.latencyP99Ms,
          () => ({
            at: ['facts', 'listeners', index, 'healthCheck'],
            sentence: `Checks of port ${port} time out after ${formatDuration(healthCheck?.timeoutMs ?? 0)}, and one request in a hundred takes ${formatDuration(declared.latencyP99Ms ?? 0)}.`,
            remedy: 'Raise the timeout to at least twice the latency, or check a lighter path.',
          }),
        ),
      ),
  },
  {
    code: 'health-timeout-below-interval',
    severity: 'info',
    about: 'A timeout below the interval is replaced by the interval.',
    check: ({ declared }) =>
      declared.listeners.flatMap(({ healthCheck, port }, index) =>
        healthCheck === null || healthCheck.timeoutMs >= healthCheck.intervalMs
          ? []
          : [
              {
                at: ['facts', 'listeners', index, 'healthCheck'],
                sentence: `The timeout of port ${port} is below its interval, which counts instead: detection takes ${formatDuration(detectionTimeMs(healthCheck))}.`,
                remedy: 'Set the timeout to the interval or more, so that it says what happens.',
              },
            ],
      ),
  },
  {
    code: 'sticky-drain',
    severity: 'info',
    about: 'Behind a sticky listener, weight 0 may not shed users who are bound to the backend.',
    check: ({ listeners }) =>
      listeners
        .filter((one) => one.isSticky)
        .map((one) => ({
          at: ['targets'],
          sentence: `Listener ${one.protocol} ${one.port} keeps sessions; what weight 0 means for them is not documented.`,
          remedy: 'Keep its persistence time short, or expect drains to take that long.',
        })),
  },
  {
    code: 'gray-failures-unseen',
    severity: 'info',
    about: 'Outliers are compared by probes, and none are sent.',
    check: ({ pool: { heal } }) =>
      remarkIf(heal.outlier.enabled && heal.probe === null, () => ({
        at: ['heal'],
        sentence:
          'No probes are sent, so a backend that errs or slows down while its health check passes goes unseen.',
        remedy: 'Set heal.probe.path to a path that does real work.',
      })),
  },
  {
    code: 'too-few-hosts',
    severity: 'warning',
    about: 'The pool is smaller than a comparison of peers needs.',
    check: ({ members, pool: { heal } }) =>
      remarkIf(
        heal.outlier.enabled &&
          heal.probe !== null &&
          members !== null &&
          members < heal.outlier.hostsMin,
        () => ({
          at: ['heal', 'outlier', 'hostsMin'],
          sentence: `Peers are compared from ${heal.outlier.hostsMin} backends on; this pool has ${members ?? 0}.`,
          remedy: 'Lower hostsMin if you can (3 at least), or add backends.',
        }),
      ),
  },
  {
    code: 'probe-budget-too-small',
    severity: 'error',
    about: 'The budget does not cover one backend’s probes in one window.',
    check: ({ pool: { heal } }) =>
      remarkIf(heal.probe !== null && heal.probe.budgetPerWindow < heal.probe.perWindow, () => ({
        at: ['heal', 'probe', 'budgetPerWindow'],
        sentence: `A budget of ${heal.probe?.budgetPerWindow ?? 0} probes does not cover one backend at ${heal.probe?.perWindow ?? 0}.`,
        remedy: 'Raise budgetPerWindow or lower perWindow.',
      })),
  },
  {
    code: 'probe-rotation-slow',
    severity: 'warning',
    about: 'The pool is so large for its probe budget that one round takes minutes.',
    check: ({ members, pool: { heal, watchIntervalMs } }) => {
      if (heal.probe === null || members === null) return [];
      const atOnce = Math.max(1, Math.floor(heal.probe.budgetPerWindow / heal.probe.perWindow));
      const roundMs = Math.ceil(members / atOnce) * Math.max(watchIntervalMs, heal.probe.windowMs);
      return remarkIf(roundMs * heal.outlier.confirmations > ROTATION_MS_MAX, () => ({
        at: ['heal', 'probe', 'budgetPerWindow'],
        sentence: `${atOnce} of ${members} backends are probed at a time: ${heal.outlier.confirmations} confirmations take ${formatDuration(roundMs * heal.outlier.confirmations)}, even while awake.`,
        remedy: 'Raise budgetPerWindow, or lower perWindow and accept larger error floors.',
      }));
    },
  },
  {
    code: 'probe-timeout-below-latency',
    severity: 'warning',
    about: 'Probes time out before ordinary requests are answered.',
    check: ({ declared, pool: { heal } }) =>
      remarkIf(
        heal.probe !== null &&
          declared.latencyP99Ms !== null &&
          heal.probe.timeoutMs <= declared.latencyP99Ms,
        () => ({
          at: ['heal', 'probe', 'timeout'],
          sentence: `Probes fail after ${formatDuration(heal.probe?.timeoutMs ?? 0)}, and one request in a hundred takes ${formatDuration(declared.latencyP99Ms ?? 0)}.`,
          remedy: 'Raise the timeout above the latency.',
        }),
      ),
  },
  {
    code: 'probe-evidence-stale',
    severity: 'error',
    about: 'A probe window is stale before it ends.',
    check: ({ pool: { heal } }) =>
      remarkIf(heal.probe !== null && heal.freshness.probeMs < heal.probe.windowMs, () => ({
        at: ['heal', 'freshness', 'probe'],
        sentence: `Probes count for ${formatDuration(heal.freshness.probeMs)}, and a window takes ${formatDuration(heal.probe?.windowMs ?? 0)}.`,
        remedy: 'Set freshness.probe to at least twice the window.',
      })),
  },
  {
    code: 'metric-freshness-short',
    severity: 'warning',
    about: 'CloudMonitor points stand for a minute and come one to five minutes late.',
    check: ({ pool: { heal } }) =>
      remarkIf(heal.freshness.metricMs < 120_000, () => ({
        at: ['heal', 'freshness', 'metric'],
        sentence: `Metrics count for ${formatDuration(heal.freshness.metricMs)}, and points come one to five minutes late: most are stale on arrival.`,
        remedy: 'Use 3m or more.',
      })),
  },
  {
    code: 'watch-faster-than-window',
    severity: 'warning',
    about: 'Ticks cannot follow each other faster than one probe window.',
    check: ({ pool: { heal, watchIntervalMs } }) =>
      remarkIf(heal.probe !== null && watchIntervalMs < heal.probe.windowMs, () => ({
        at: ['watchInterval'],
        sentence: `Ticks every ${formatDuration(watchIntervalMs)} cannot hold a probe window of ${formatDuration(heal.probe?.windowMs ?? 0)}; the window sets the pace.`,
        remedy: 'Raise watchInterval or shorten the window.',
      })),
  },
]);
