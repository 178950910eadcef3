import { type LocalService, type Parameters, VendorError } from '../../infra/local/contracts';

/** Services of one line each: what arrived is kept in `received`. */
export function echoServices(received: Parameters[]): readonly LocalService[] {
  const echo =
    (reply: object) =>
    (parameters: Parameters): object => {
      received.push(parameters);
      return reply;
    };
  return [
    {
      product: 'Slb',
      version: '2014-05-15',
      actions: {
        DescribeLoadBalancers: echo({
          LoadBalancers: { LoadBalancer: [{ LoadBalancerId: 'lb-1' }] },
          TotalCount: 1,
        }),
        SetBackendServers: echo({ LoadBalancerId: 'lb-1', BackendServers: { BackendServer: [] } }),
        TagResources: echo({}),
        StopLoadBalancerListener: () => {
          throw new VendorError(404, 'ListenerNotFound', 'The specified listener does not exist.');
        },
        DeleteLoadBalancer: () => {
          throw new TypeError('a defect with a secret path');
        },
      },
    },
    {
      product: 'Ecs',
      version: '2014-05-26',
      actions: {
        DescribeInstances: echo({
          Instances: { Instance: [{ InstanceId: 'i-1' }] },
          TotalCount: 1,
        }),
        RunCommand: echo({ CommandId: 'c-1', InvokeId: 't-1' }),
      },
    },
    {
      product: 'Cms',
      version: '2019-01-01',
      actions: {
        DescribeMetricList: echo({ Code: '200', Success: true, Datapoints: '[]', Period: '60' }),
        PutCustomMetric: echo({ Code: '206', Success: false, Message: 'no' }),
        AddTags: echo({ Code: '200', Success: true }),
      },
    },
  ];
}
