import {
  PutCustomMetricRequest,
  PutCustomMetricRequestMetricList,
} from '@alicloud/cms20190101/dist/models/PutCustomMetricRequest';
import { type Millis } from '../../domain/units';
import { type Clock } from '../../ports/clock';
import { type Heartbeat } from '../../ports/heartbeat';
import { type CallOptions } from '../../ports/load-balancer';
import { type Rpc } from './rpc';

export interface CustomMetricHeartbeatOptions {
  readonly rpc: Rpc;
  readonly regionId: string;
  readonly clock: Clock;
}

/** Name of the metric; an alarm rule of the account names it too. */
export const HEARTBEAT_METRIC = 'evenkeel_heartbeat';
/** Of no group of CloudMonitor. */
const NO_GROUP = '0';
/** A single value, not an aggregate. */
const RAW = '0';

/**
 * The heartbeat as a custom metric of CloudMonitor (`PutCustomMetric`, Cms 2019-01-01): the age of the oldest look in seconds, once a
 * minute and region. A rule with `NoDataPolicy: INSUFFICIENT_DATA` calls people when it stops.
 */
export class CustomMetricHeartbeat implements Heartbeat {
  private readonly options: CustomMetricHeartbeatOptions;

  constructor(options: CustomMetricHeartbeatOptions) {
    this.options = options;
  }

  async beat(ageMs: Millis, options: CallOptions): Promise<void> {
    const { rpc, regionId, clock } = this.options;
    const metric = new PutCustomMetricRequestMetricList({
      groupId: NO_GROUP,
      metricName: HEARTBEAT_METRIC,
      dimensions: JSON.stringify({ region: regionId }),
      type: RAW,
      values: JSON.stringify({ value: Math.round(ageMs / 1000) }),
      time: String(clock.now()),
    });
    const model = new PutCustomMetricRequest({ regionId, metricList: [metric] });
    await rpc.call(
      {
        ...{ product: 'Cms', version: '2019-01-01', action: 'PutCustomMetric' },
        query: model.toMap(),
      },
      options,
    );
  }
}
