import {
  PutCustomMetricRequest,
  PutCustomMetricRequestMetricList,
} from '@alicloud/cms20190101/dist/models/PutCustomMetricRequest';
import { type CustomPoint } from '../../ports/custom-metrics';
import { type CallOptions } from '../../ports/load-balancer';
import { type Instant } from '../../domain/units';
import { type Rpc } from './rpc';

/** Of no group of CloudMonitor. */
const NO_GROUP = '0';
/** A single value, not an aggregate. */
const RAW = '0';
/** CloudMonitor cuts names and values of dimensions that are longer. */
const TEXT_LENGTH_MAX = 64;

export interface CustomMetricPlace {
  readonly rpc: Rpc;
  readonly regionId: string;
}

/** One call of `PutCustomMetric` (Cms 2019-01-01): its documentation speaks of 1 to 21 entries. Throws `CloudError`. */
export async function putCustomMetrics(
  { rpc }: CustomMetricPlace,
  points: readonly CustomPoint[],
  at: Instant,
  options: CallOptions,
): Promise<void> {
  const metricList = points.map(
    ({ name, dimensions, value }) =>
      new PutCustomMetricRequestMetricList({
        groupId: NO_GROUP,
        metricName: name,
        dimensions: JSON.stringify(cut(dimensions)),
        type: RAW,
        values: JSON.stringify({ value }),
        time: String(at),
      }),
  );
  const model = new PutCustomMetricRequest({ metricList });
  await rpc.call(
    {
      ...{ product: 'Cms', version: '2019-01-01', action: 'PutCustomMetric' },
      query: model.toMap(),
    },
    options,
  );
}

const cut = (dimensions: CustomPoint['dimensions']): CustomPoint['dimensions'] =>
  Object.fromEntries(
    Object.entries(dimensions).map(([name, text]) => [name, text.slice(0, TEXT_LENGTH_MAX)]),
  );
