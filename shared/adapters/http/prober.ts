import { type ProbeWindow } from '../../domain/probe-window';
import { type Instant, instant, millis, roundDiv } from '../../domain/units';
import { type Clock } from '../../ports/clock';
import { type CallOptions } from '../../ports/load-balancer';
import { type Prober, type ProbeSettings, type ProbeTarget } from '../../ports/prober';
import { probeOnce, type ProbeResult } from './http-probe';

interface Slot {
  readonly target: ProbeTarget;
  readonly dueAt: Instant;
}

/** All probes of a window in the order in which they are due: each target's evenly spread, the targets staggered. */
function slotsOf(
  targets: readonly ProbeTarget[],
  { windowMs, perWindow }: ProbeSettings,
  startAt: Instant,
): Slot[] {
  const spacingMs = windowMs / perWindow;
  const slots = targets.flatMap((target, index) =>
    Array.from({ length: perWindow }, (_, turn) => ({
      target,
      dueAt: instant(Math.floor(startAt + spacingMs * (turn + index / targets.length))),
    })),
  );
  return slots.sort((one, other) => one.dueAt - other.dueAt);
}

/** The middle of the values, rounded; null of none. Example: medianOf([3, 1, 2, 10]) = 3. */
export function medianOf(values: readonly number[]): number | null {
  const sorted = [...values].sort((one, other) => one - other);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  return upper === undefined || lower === undefined ? null : roundDiv(lower + upper, 2);
}

/** Null when nothing was learnt of the target. The median is over good answers: a quick 500 must not pass for speed. */
function windowOf(
  results: readonly ProbeResult[],
  startedAt: Instant,
  endedAt: Instant,
): ProbeWindow | null {
  const asked = results.filter(({ kind }) => kind !== 'not-asked');
  if (asked.length === 0) return null;
  const latencies = asked.flatMap((result) =>
    result.kind === 'answered' ? [result.latencyUs] : [],
  );
  return {
    startedAt,
    endedAt,
    probes: asked.length,
    failures: asked.length - latencies.length,
    latencyMedianUs: medianOf(latencies),
  };
}

/**
 * Active probes over real connections, at most `concurrency` at once. A window takes `windowMs` and at most one time-out
 * more: probes still waiting when it is over are left out, and none begins that could not run its whole time-out before
 * the deadline, so that haste never looks like failure.
 */
export class HttpProber implements Prober {
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  async probe(
    targets: readonly ProbeTarget[],
    settings: ProbeSettings,
    options: CallOptions,
  ): Promise<ReadonlyMap<string, ProbeWindow>> {
    const startedAt = this.clock.now();
    const slots = slotsOf(targets, settings, startedAt);
    const results = new Map<string, ProbeResult[]>();
    const latestStart = Math.min(
      startedAt + settings.windowMs,
      options.deadline - settings.timeoutMs,
    );
    const work = async (): Promise<void> => {
      for (let slot = slots.shift(); slot !== undefined; slot = slots.shift()) {
        if (slot.dueAt > latestStart) continue;
        await this.clock.sleep(millis(slot.dueAt - this.clock.now()));
        if (this.clock.now() > latestStart) continue;
        const { path, timeoutMs } = settings;
        const result = await probeOnce({ target: slot.target, path, timeoutMs });
        const known = results.get(slot.target.instanceId) ?? [];
        results.set(slot.target.instanceId, [...known, result]);
      }
    };
    await Promise.all(Array.from({ length: Math.min(settings.concurrency, slots.length) }, work));
    const endedAt = this.clock.now();
    return new Map(
      [...results].flatMap(([instanceId, list]) => {
        const window = windowOf(list, startedAt, endedAt);
        return window === null ? [] : [[instanceId, window] as const];
      }),
    );
  }
}
