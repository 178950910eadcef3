import {
  type LocalService,
  type MetricSample,
  type MetricSource,
  type Parameters,
} from '../../infra/local/contracts';
import { cmsService } from '../../infra/local/cms/actions';
import { CmsModel, type CmsOptions } from '../../infra/local/cms/cms-model';
import { type HttpRequest } from '../../infra/local/cms/deliver';
import { ManualClock } from '../../infra/local/clock';
import { REAL_TIMES } from '../../infra/local/contracts';
import { callAction, type Row } from './wire';

/** A source whose next samples a test sets. */
class StatedSource implements MetricSource {
  readonly namespace = 'acs_slb_dashboard';
  metrics = new Map<string, readonly MetricSample[]>();
  error: Error | undefined;

  /** One series of `UnhealthyServerCount` on lb-1; undefined means no point. */
  state(value: number | undefined): void {
    const dimensions = { instanceId: 'lb-1', port: '80', vip: '10.0.0.1' };
    const samples =
      value === undefined
        ? []
        : [{ dimensions, statistics: { Average: value, Maximum: value, Minimum: value } }];
    this.metrics = new Map([['UnhealthyServerCount', samples]]);
  }

  sample(): Promise<ReadonlyMap<string, readonly MetricSample[]>> {
    return this.error === undefined ? Promise.resolve(this.metrics) : Promise.reject(this.error);
  }
}

export interface LocalCms {
  readonly clock: ManualClock;
  readonly source: StatedSource;
  readonly model: CmsModel;
  readonly service: LocalService;
  /** Every webhook call, in order. */
  readonly posts: HttpRequest[];
  /** Statuses of the next calls; 200 when it is empty, no answer for `hang`. */
  readonly answers: (number | 'hang')[];
}

/** CloudMonitor on a manual clock with a stated source and a fake callback receiver. */
export function localCms(options: Partial<CmsOptions> = {}): LocalCms {
  const clock = new ManualClock();
  const source = new StatedSource();
  const posts: HttpRequest[] = [];
  const answers: (number | 'hang')[] = [];
  const post = async (request: HttpRequest): Promise<number> => {
    posts.push(request);
    const answer = answers.shift() ?? 200;
    return answer === 'hang' ? new Promise(() => undefined) : answer;
  };
  const model = new CmsModel({
    regionId: 'cn-hangzhou',
    clock,
    times: REAL_TIMES,
    sources: [source],
    post,
    ...options,
  });
  model.start();
  return { clock, source, model, service: cmsService(model), posts, answers };
}

/** Lets one metric period pass with the given value. */
export async function passPeriod(
  { clock, source }: LocalCms,
  value: number | undefined,
): Promise<void> {
  source.state(value);
  await clock.advance(60_000);
}

/** A rule on `UnhealthyServerCount` of lb-1 that calls back. */
export const unhealthyRule: Parameters = {
  RuleId: 'unhealthy-lb-1',
  RuleName: 'backend unhealthy',
  Namespace: 'acs_slb_dashboard',
  MetricName: 'UnhealthyServerCount',
  ContactGroups: 'people',
  Resources: '[{"instanceId":"lb-1"}]',
  Webhook: 'http://127.0.0.1:9/alarm?secret=s',
  'Escalations.Critical.Statistics': 'Maximum',
  'Escalations.Critical.ComparisonOperator': 'GreaterThanOrEqualToThreshold',
  'Escalations.Critical.Threshold': '1',
  'Escalations.Critical.Times': '2',
};

/** Datapoints, which travel as text inside the reply. */
export async function datapoints(
  service: LocalService,
  action: string,
  parameters: Parameters = {},
): Promise<readonly Row[]> {
  const query = {
    Namespace: 'acs_slb_dashboard',
    MetricName: 'UnhealthyServerCount',
    ...parameters,
  };
  return JSON.parse(
    (await callAction(service, action, query)).text('Datapoints'),
  ) as readonly Row[];
}
