import { instant } from '../../shared/domain/units';
import { type ProbeWindow } from '../../shared/domain/probe-window';
import { type OutlierCandidate } from '../../shared/decide/outliers';

/** One window as it is told in a test: failures of ten probes, and the median latency in ms. */
export interface Told {
  readonly failures?: number;
  readonly probes?: number;
  readonly latencyMs?: number | null;
}

const WINDOW_MS = 2500;

/** Windows newest first from a story told oldest first, ending at `endMs`. */
export function windowsOf(story: readonly Told[], endMs = 1_000_000): readonly ProbeWindow[] {
  return story
    .map(({ failures = 0, probes = 10, latencyMs = 60 }, index) => {
      const endedAt = endMs - (story.length - 1 - index) * WINDOW_MS;
      return {
        startedAt: instant(endedAt - WINDOW_MS),
        endedAt: instant(endedAt),
        probes,
        failures,
        latencyMedianUs: latencyMs === null ? null : latencyMs * 1000,
      };
    })
    .reverse();
}

export const times = (count: number, told: Told): readonly Told[] =>
  Array.from({ length: count }, () => told);

/** A backend with the given story; `i-0`, `i-1` … by position when made by `poolOf`. */
export const candidateOf = (
  instanceId: string,
  story: readonly Told[],
  zoneId: string | null = null,
): OutlierCandidate => ({
  instanceId,
  windows: windowsOf(story),
  statistics: [],
  zoneId,
});

export const poolOf = (stories: readonly (readonly Told[])[]): readonly OutlierCandidate[] =>
  stories.map((story, position) => candidateOf(`i-${position.toString()}`, story));
