import { type ProbeWindow } from '../../../shared/domain/probe-window';
import { type Instant } from '../../../shared/domain/units';
import { type Clock } from '../../../shared/ports/clock';
import { type CallOptions } from '../../../shared/ports/load-balancer';
import { type Prober, type ProbeSettings, type ProbeTarget } from '../../../shared/ports/prober';
import { type InstanceDirectory, type InstanceView } from '../contracts';

export interface SimulatedProberOptions {
  readonly directory: InstanceDirectory;
  readonly clock: Clock;
  /** Numbers in [0, 1): seeded, so that a run repeats itself. */
  readonly random: () => number;
  /** Median time of a sound instance's answer, before its latency fault. Default 12 ms. */
  readonly responseMs?: number;
  /** Spread of response times: the standard deviation of their logarithm. Default 0.25. */
  readonly spread?: number;
  /** Share of answers that fail on a sound instance, in permille. Default 0. */
  readonly backgroundErrors?: number;
}

const DEFAULTS = { responseMs: 12, spread: 0.25, backgroundErrors: 0 };

/**
 * Active probes answered from what the directory says of an instance, each probe with its own chance: not running, service
 * down or hung fails; an error fault fails its share of them; a slow answer fails when it is later than the time-out. A
 * window takes its time on the given clock; one that cannot end before the deadline asks nobody.
 *
 * Example: 10 probes at an error share of 200 ‰ fail twice on average; a latency factor of 5000 gives a median near 60 ms.
 */
export class SimulatedProber implements Prober {
  private readonly options: SimulatedProberOptions & typeof DEFAULTS;

  constructor(options: SimulatedProberOptions) {
    this.options = { ...DEFAULTS, ...options };
  }

  async probe(
    targets: readonly ProbeTarget[],
    settings: ProbeSettings,
    options: CallOptions,
  ): Promise<ReadonlyMap<string, ProbeWindow>> {
    const { clock } = this.options;
    const startedAt = clock.now();
    const isTooLate = startedAt + settings.windowMs + settings.timeoutMs > options.deadline;
    if (isTooLate || targets.length === 0) return new Map();
    await clock.sleep(settings.windowMs);
    const span = { startedAt, endedAt: clock.now() };
    return new Map(
      targets.map((target) => [target.instanceId, this.windowOf(target, settings, span)]),
    );
  }

  private windowOf(
    { address, port }: ProbeTarget,
    { perWindow, timeoutMs }: ProbeSettings,
    span: { readonly startedAt: Instant; readonly endedAt: Instant },
  ): ProbeWindow {
    const instance = this.options.directory.findByAddress(address, port);
    const answers: number[] = [];
    for (let probe = 0; probe < perWindow; probe += 1) {
      const answerMs = this.answerMs(instance);
      if (answerMs !== null && answerMs < timeoutMs) answers.push(Math.round(answerMs * 1000));
    }
    const { startedAt, endedAt } = span;
    return {
      startedAt,
      endedAt,
      probes: perWindow,
      failures: perWindow - answers.length,
      latencyMedianUs: medianOf(answers),
    };
  }

  /** How long one answer took; null when it failed. */
  private answerMs(instance: InstanceView | undefined): number | null {
    const { random, responseMs, spread, backgroundErrors } = this.options;
    const chance = random() * 1000;
    const noise = Math.exp(spread * gaussian(random));
    if (instance?.status !== 'Running' || !instance.isServiceUp) return null;
    const { isCrashed, isHung, errorShare, latencyFactor } = instance.faults;
    if (isCrashed || isHung || chance < errorShare + backgroundErrors) return null;
    return (responseMs * noise * latencyFactor) / 1000;
  }
}

/** A standard normal number from two uniform ones (Box–Muller). */
const gaussian = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

function medianOf(values: readonly number[]): number | null {
  const sorted = [...values].sort((one, other) => one - other);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  return upper === undefined || lower === undefined ? null : Math.round((lower + upper) / 2);
}
