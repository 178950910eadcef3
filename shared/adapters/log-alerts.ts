import { type NameAlert } from '../domain/failover/name-proposal';
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

  raise(subject: string, alert: Alert | NameAlert): Promise<void> {
    const { key, severity, reason, message } = alert;
    this.log[LEVELS[severity]](message, {
      alert: true,
      pool: subject,
      key,
      severity,
      reason,
      ...('siteName' in alert ? { site: alert.siteName } : { instanceId: alert.instanceId }),
    });
    return Promise.resolve();
  }
}
