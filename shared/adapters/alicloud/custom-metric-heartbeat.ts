import { type Millis } from '../../domain/units';
import { type Clock } from '../../ports/clock';
import { type Heartbeat } from '../../ports/heartbeat';
import { type CallOptions } from '../../ports/load-balancer';
import { type CustomMetricPlace, putCustomMetrics } from './put-custom-metrics';

export interface CustomMetricHeartbeatOptions extends CustomMetricPlace {
  readonly clock: Clock;
}

/** Name of the metric; an alarm rule of the account names it too. */
export const HEARTBEAT_METRIC = 'evenkeel_heartbeat';

/**
 * The heartbeat as a custom metric of CloudMonitor: the age of the oldest look in seconds, once a minute and region. A rule with
 * `NoDataPolicy: INSUFFICIENT_DATA` calls people when it stops.
 */
export class CustomMetricHeartbeat implements Heartbeat {
  private readonly options: CustomMetricHeartbeatOptions;

  constructor(options: CustomMetricHeartbeatOptions) {
    this.options = options;
  }

  async beat(ageMs: Millis, options: CallOptions): Promise<void> {
    const { regionId, clock } = this.options;
    const point = {
      name: HEARTBEAT_METRIC,
      dimensions: { region: regionId },
      value: Math.round(ageMs / 1000),
    };
    await putCustomMetrics(this.options, [point], clock.now(), options);
  }
}
