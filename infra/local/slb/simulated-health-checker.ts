import {
  type HealthChecker,
  type HealthCheckSettings,
  type InstanceDirectory,
  type InstanceView,
  type LocalClock,
} from '../contracts';

export interface SimulatedHealthCheckerOptions {
  readonly directory: InstanceDirectory;
  readonly clock: LocalClock;
  /** Time a sound instance takes to answer a check, before its latency fault. */
  readonly responseMs?: number;
}

type Answer = 'good' | 'refused' | 'bad-status' | 'silent';

/**
 * Answers health checks from what the directory says of an instance: nothing there or not running → silence until the time-out; service
 * down → refused at once; hung → TCP passes, HTTP is silent; errors → an even share of HTTP checks fails unless they are spared; slow →
 * silent once slower than the time-out.
 */
export class SimulatedHealthChecker implements HealthChecker {
  private readonly options: SimulatedHealthCheckerOptions;
  /** Permille of a failure that each address has run up. */
  private readonly errorDebt = new Map<string, number>();

  constructor(options: SimulatedHealthCheckerOptions) {
    this.options = options;
  }

  async check(address: string, port: number, settings: HealthCheckSettings): Promise<boolean> {
    const instance = this.options.directory.findByAddress(address, port);
    const answer = instance === undefined ? 'silent' : this.answer(instance, settings);
    if (answer === 'silent')
      await new Promise<void>((resolve) => this.options.clock.after(settings.timeoutMs, resolve));
    return answer === 'good' || (answer === 'bad-status' && settings.statusClasses.includes(5));
  }

  private answer(instance: InstanceView, settings: HealthCheckSettings): Answer {
    if (instance.status !== 'Running') return 'silent';
    if (!instance.isServiceUp || instance.faults.isCrashed) return 'refused';
    if (settings.kind === 'tcp') return 'good';
    const responseMs = ((this.options.responseMs ?? 10) * instance.faults.latencyFactor) / 1000;
    if (instance.faults.isHung || responseMs >= settings.timeoutMs) return 'silent';
    return !instance.faults.sparesHealthChecks && this.isErrorDue(instance) ? 'bad-status' : 'good';
  }

  private isErrorDue(instance: InstanceView): boolean {
    const debt = (this.errorDebt.get(instance.instanceId) ?? 0) + instance.faults.errorShare;
    this.errorDebt.set(instance.instanceId, debt % 1000);
    return debt >= 1000;
  }
}
