import { type Alert } from '../domain/proposal';
import { type Alerts } from '../ports/alerts';
import { type Log } from '../ports/log';

const LEVELS = { info: 'info', warning: 'warn', critical: 'error' } as const;

/** Alerts as log lines with `alert: true`, for a log service to pass on. */
export class LogAlerts implements Alerts {
  private readonly log: Log;

  constructor(log: Log) {
    this.log = log;
  }

  raise(poolName: string, { key, severity, reason, instanceId, message }: Alert): Promise<void> {
    this.log[LEVELS[severity]](message, {
      alert: true,
      pool: poolName,
      key,
      severity,
      reason,
      instanceId,
    });
    return Promise.resolve();
  }
}
