import {
  type HealthChecker,
  type HealthCheckSettings,
  type LocalClock,
  type TimeProfile,
} from '../contracts';
import { type Listener, checkTimeoutS, listenerId } from './listener';
import { type RouteMember, memberKey } from './load-balancer';
import { type SlbModel } from './model';
import { TimerWheel } from './timer-wheel';

export type ServerHealth = 'normal' | 'abnormal' | 'unavailable';

export interface HealthEngineOptions {
  readonly model: SlbModel;
  readonly clock: LocalClock;
  readonly checker: HealthChecker;
  readonly profile: Pick<TimeProfile, 'healthCheckDivisor'>;
}

export interface VerdictChange {
  readonly listener: Listener;
  readonly member: RouteMember;
  readonly verdict: ServerHealth;
}

interface Probe {
  member: RouteMember;
  verdict: ServerHealth;
  /** Checks in a row with the same result. */
  streak: number;
  isStreakGood: boolean;
}

interface CheckedListener {
  listener: Listener;
  settings: HealthCheckSettings;
  readonly probes: Map<string, Probe>;
}

/**
 * Checks every backend of every serving, checked listener, as CLB does: the next check starts an interval after the last one ended; so many
 * failures in a row make a backend `abnormal`, so many successes `normal`; before that, and where checks are off or the listener is
 * stopped, it is `unavailable`. Weight plays no part. Under a clock that is moved by hand the same calls give the same verdicts.
 *
 * Example: with the defaults, a backend that stops answering is abnormal after 5 + 2 + 5 + 2 + 5 = 19 s, one that refuses after 4 s.
 */
export class HealthEngine {
  private readonly options: HealthEngineOptions;
  private readonly wheel: TimerWheel;
  private readonly checked = new Map<string, CheckedListener>();
  private readonly subscribers = new Set<(change: VerdictChange) => void>();
  private unsubscribe: (() => void) | undefined;

  constructor(options: HealthEngineOptions) {
    this.options = options;
    this.wheel = new TimerWheel(options.clock);
  }

  start(): void {
    const { model } = this.options;
    this.unsubscribe ??= model.onApplied((loadBalancerId) => this.sync(loadBalancerId));
    for (const { loadBalancerId } of model.loadBalancers()) this.sync(loadBalancerId);
  }

  stop(): void {
    this.unsubscribe?.();
    this.unsubscribe = undefined;
    this.checked.clear();
    this.wheel.clear();
  }

  onVerdict(callback: (change: VerdictChange) => void): () => void {
    this.subscribers.add(callback);
    return () => void this.subscribers.delete(callback);
  }

  /** What the checks say of one backend behind one listener. */
  verdict(listener: Listener, member: RouteMember): ServerHealth {
    return (
      this.checked.get(listenerId(listener))?.probes.get(memberKey(member))?.verdict ??
      'unavailable'
    );
  }

  /** What the API shows: the verdict, unless old behaviour for weight 0 was asked for. */
  shown(listener: Listener, member: RouteMember): ServerHealth {
    return this.shownBehind(listener)(member);
  }

  /** The same for many backends of one listener, at this instant. */
  shownBehind(listener: Listener): (member: RouteMember) => ServerHealth {
    const probes = this.checked.get(listenerId(listener))?.probes;
    const isHiding =
      listener.protocol !== 'http' &&
      this.options.model.behaviour.weightZeroHealth === 'abnormal-on-layer-4';
    return (member) => {
      const verdict = probes?.get(memberKey(member))?.verdict ?? 'unavailable';
      return isHiding && member.weight === 0 && verdict === 'normal' ? 'abnormal' : verdict;
    };
  }

  /** Whether health lets the backend take new traffic. */
  isFit(listener: Listener, member: RouteMember): boolean {
    if (!listener.settings.healthCheck.isOn || listener.protocol === 'udp') return true;
    const verdict = this.verdict(listener, member);
    return (
      verdict === 'normal' ||
      (verdict === 'unavailable' && this.options.model.behaviour.beforeFirstVerdict === 'serve')
    );
  }

  private sync(loadBalancerId: string): void {
    const listeners = this.options.model
      .listenersOf(loadBalancerId)
      .filter((listener) => this.isChecked(listener));
    const present = new Set(listeners.map(listenerId));
    for (const [id, { listener }] of this.checked)
      if (listener.loadBalancerId === loadBalancerId && !present.has(id)) this.checked.delete(id);
    for (const listener of listeners) this.syncListener(listener);
  }

  private isChecked(listener: Listener): boolean {
    return (
      this.options.model.isServing(listener) &&
      listener.settings.healthCheck.isOn &&
      listener.protocol !== 'udp'
    );
  }

  private syncListener(listener: Listener): void {
    const settings = checkSettings(listener, this.options.profile.healthCheckDivisor);
    const entry = this.checked.get(listenerId(listener)) ?? {
      ...{ listener, settings },
      probes: new Map<string, Probe>(),
    };
    this.checked.set(listenerId(listener), entry);
    Object.assign(entry, { listener, settings });
    const members = new Map(
      this.options.model.route(listener).map((member) => [memberKey(member), member]),
    );
    for (const key of entry.probes.keys()) if (!members.has(key)) entry.probes.delete(key);
    for (const [key, member] of members) {
      const probe = entry.probes.get(key);
      if (probe === undefined) this.begin(entry, key, member);
      else probe.member = member;
    }
  }

  private begin(entry: CheckedListener, key: string, member: RouteMember): void {
    const probe: Probe = { member, verdict: 'unavailable', streak: 0, isStreakGood: false };
    entry.probes.set(key, probe);
    this.check(entry, probe);
  }

  private isCurrent(entry: CheckedListener, probe: Probe): boolean {
    return (
      this.checked.get(listenerId(entry.listener)) === entry &&
      entry.probes.get(memberKey(probe.member)) === probe
    );
  }

  private check(entry: CheckedListener, probe: Probe): void {
    if (!this.isCurrent(entry, probe)) return;
    const { listener, settings } = entry;
    const { address, port } = probe.member;
    const checkedPort = listener.settings.healthCheck.connectPort ?? port;
    const answer = this.options.checker.check(address, checkedPort, settings);
    void answer.catch(() => false).then((isGood) => this.conclude(entry, probe, isGood));
  }

  private conclude(entry: CheckedListener, probe: Probe, isGood: boolean): void {
    if (!this.isCurrent(entry, probe)) return;
    const { healthyThreshold, unhealthyThreshold, intervalS } = entry.listener.settings.healthCheck;
    probe.streak = probe.isStreakGood === isGood ? probe.streak + 1 : 1;
    probe.isStreakGood = isGood;
    const verdict = isGood ? 'normal' : 'abnormal';
    if (
      probe.verdict !== verdict &&
      probe.streak >= (isGood ? healthyThreshold : unhealthyThreshold)
    ) {
      probe.verdict = verdict;
      for (const subscriber of this.subscribers)
        subscriber({ listener: entry.listener, member: probe.member, verdict });
    }
    this.wheel.after((intervalS * 1000) / this.options.profile.healthCheckDivisor, () =>
      this.check(entry, probe),
    );
  }
}

/** What a health checker is asked to do for one listener; times divided by `divisor`. */
export function checkSettings(listener: Listener, divisor: number): HealthCheckSettings {
  const { healthCheck } = listener.settings;
  return {
    kind: healthCheck.type,
    path: healthCheck.path,
    method: healthCheck.method === 'head' ? 'HEAD' : 'GET',
    timeoutMs: (checkTimeoutS(healthCheck) * 1000) / divisor,
    statusClasses: [...healthCheck.httpCode.matchAll(/http_(\d)xx/g)].map(([, digit]) =>
      Number(digit),
    ),
  };
}
