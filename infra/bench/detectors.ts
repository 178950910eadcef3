import { type OutlierPolicy } from '../../shared/domain/policy';
import { type ProbeWindow } from '../../shared/domain/probe-window';
import { decideOutliers, type OutlierCandidate } from '../../shared/decide/outliers';

/** Windows whose probes make up one interval of the success-rate rule: at least 100 requests. */
const ENVOY = { hostsMin: 5, requestsMin: 100, stdevFactor: 1.9 } as const;

/** Positions of the backends that the product's own rule calls outliers. */
export function ourOutliers(
  candidates: readonly Omit<OutlierCandidate, 'instanceId'>[],
  policy: OutlierPolicy,
): readonly number[] {
  const backends = candidates.map((candidate, position) => ({
    ...candidate,
    instanceId: position.toString(),
  }));
  const verdicts = decideOutliers({ backends, policy });
  return backends.flatMap(({ instanceId }, position) =>
    verdicts[instanceId]?.isOutlier === true ? [position] : [],
  );
}

/**
 * Envoy's success-rate outlier with its defaults: a rate below mean − 1.9 σ of the hosts, at least 5 hosts with at
 * least 100 requests in the interval; the interval here is as many newest windows as hold 100 requests.
 */
export function envoyOutliers(histories: readonly (readonly ProbeWindow[])[]): readonly number[] {
  const rates = histories.flatMap((windows, position) => {
    const rate = successRate(windows);
    return rate === null ? [] : [{ position, rate }];
  });
  if (rates.length < ENVOY.hostsMin) return [];
  const mean = rates.reduce((sum, { rate }) => sum + rate, 0) / rates.length;
  const variance = rates.reduce((sum, { rate }) => sum + (rate - mean) ** 2, 0) / rates.length;
  const limit = mean - ENVOY.stdevFactor * Math.sqrt(variance);
  return rates.filter(({ rate }) => rate < limit).map(({ position }) => position);
}

function successRate(windows: readonly ProbeWindow[]): number | null {
  let probes = 0;
  let failures = 0;
  for (const window of windows) {
    probes += window.probes;
    failures += window.failures;
    if (probes >= ENVOY.requestsMin) return 1 - failures / probes;
  }
  return null;
}
