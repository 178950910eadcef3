import { DescribeInstancesRequest, DescribeInstancesRequestTag } from '@alicloud/ecs20140526';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Parameters } from '../../infra/local/contracts';
import { realClock } from '../../infra/local/clock';
import { InProcessRpc } from '../../infra/local/in-process-rpc';
import { AccessKeys, randomAccessKey } from '../../infra/local/openapi/access-keys';
import { ControlPlane } from '../../infra/local/openapi/control-plane';
import { type ControlPlaneFault } from '../../infra/local/openapi/fault-switch';
import { type Gateway, startGateway } from '../../infra/local/openapi/gateway';
import { givenCredentials } from '../../shared/adapters/alicloud/credentials';
import { type Rpc, type RpcRequest } from '../../shared/adapters/alicloud/rpc';
import { SignedRpc } from '../../shared/adapters/alicloud/signed-rpc';
import { CloudError } from '../../shared/domain/cloud-error';
import { instant, type Instant } from '../../shared/domain/units';
import { echoServices } from '../support/echo-services';
import { officialEcs, officialPop, type RegionAccess } from '../support/openapi-clients';

const clock = {
  now: (): Instant => instant(Date.now()),
  sleep: (): Promise<void> => Promise.resolve(),
};
const received: Parameters[] = [];
const key = randomAccessKey('1234567890');
const controlPlane = new ControlPlane({
  regionId: 'cn-local',
  clock: realClock(),
  services: echoServices(received),
});
const inProcess = new InProcessRpc({ controlPlane, caller: key });
let gateway: Gateway;
let access: RegionAccess;
let overSocket: Rpc;

beforeAll(async () => {
  gateway = await startGateway({ controlPlane, accessKeys: new AccessKeys([key]) });
  access = {
    endpoint: gateway.endpoint,
    accessKeyId: key.accessKeyId,
    accessKeySecret: key.accessKeySecret,
  };
  overSocket = new SignedRpc({
    credentials: givenCredentials(key),
    clock,
    regionId: 'cn-local',
    endpoint: gateway.endpoint,
    protocol: 'HTTP',
  });
});
afterAll(async () => gateway.stop());
beforeEach(() => void received.splice(0));

/** What a caller can tell of one call: the reply, or the error without its text, and what reached the action. */
async function outcomeOf(rpc: Rpc, request: RpcRequest): Promise<unknown> {
  received.splice(0);
  const result = await rpc.call(request, { deadline: instant(Date.now() + 500) }).then(
    ({ RequestId, ...reply }) => ({ reply, hasRequestId: typeof RequestId === 'string' }),
    (error: unknown) => {
      if (!(error instanceof CloudError)) throw error;
      const { requestId, message, ...details } = error.details;
      return { details, hasRequestId: requestId !== undefined, hasMessage: message !== '' };
    },
  );
  return { result, received: [...received] };
}

const slb = (action: string, query: RpcRequest['query']): RpcRequest => ({
  product: 'Slb',
  version: '2014-05-15',
  action,
  query,
});
const weigh = slb('SetBackendServers', {
  RegionId: 'cn-local',
  LoadBalancerId: 'lb-1',
  BackendServers: '[]',
  Weight: 40,
  Nothing: null,
});

describe('a call in process', () => {
  it.each<readonly [string, RpcRequest]>([
    ['a reply', weigh],
    [
      'nested values',
      slb('TagResources', {
        RegionId: 'cn-local',
        ResourceType: 'instance',
        ResourceId: ['lb-1'],
        Tag: [{ Key: 'a', Value: '中 +&' }],
      }),
    ],
    [
      'an error of the service',
      slb('StopLoadBalancerListener', { LoadBalancerId: 'lb-1', ListenerPort: 80 }),
    ],
    ['a parameter that is missing', slb('SetBackendServers', {})],
    ['an action that is nobody’s', slb('DescribeNothing', {})],
    ['a version that is nobody’s', { ...weigh, version: '1999-01-01' }],
    ['another region', slb('DescribeLoadBalancers', { RegionId: 'cn-elsewhere' })],
    [
      'a failure that CloudMonitor calls 200',
      {
        product: 'Cms',
        version: '2019-01-01',
        action: 'PutCustomMetric',
        query: {
          MetricList: [
            {
              Dimensions: '{}',
              GroupId: '1',
              MetricName: 'm',
              Values: '{}',
              Time: '1',
              Type: '0',
              Period: '60',
            },
          ],
        },
      },
    ],
  ])('cannot be told from one over a socket: %s', async (_what, request) => {
    expect(await outcomeOf(inProcess, request)).toEqual(await outcomeOf(overSocket, request));
  });

  it.each<readonly [ControlPlaneFault]>([
    ['forbidden'],
    ['internal-error'],
    ['throttling'],
    ['hang'],
    ['reset'],
    ['lost-reply'],
  ])('cannot be told from one over a socket under the fault %s', async (fault) => {
    const lift = controlPlane.faults.set(fault);
    const [direct, wired] = [await outcomeOf(inProcess, weigh), await outcomeOf(overSocket, weigh)];
    lift();
    expect(direct).toEqual(wired);
    expect(direct).toMatchObject({
      result: { details: { action: 'SetBackendServers' } },
      received: fault === 'lost-reply' ? [{ LoadBalancerId: 'lb-1' }] : [],
    });
  });

  it('is not made when no time is left', async () => {
    const late = inProcess.call(weigh, { deadline: instant(Date.now() - 1) });
    await expect(late).rejects.toMatchObject({ details: { code: 'Timeout', isAmbiguous: false } });
    expect(received).toEqual([]);
  });

  it('lets a defect of the region through as what it is, and logs it', async () => {
    const call = inProcess.call(slb('DeleteLoadBalancer', { LoadBalancerId: 'lb-1' }), {
      deadline: instant(Date.now() + 500),
    });
    await expect(call).rejects.toBeInstanceOf(TypeError);
    expect(controlPlane.log.find({ action: 'DeleteLoadBalancer' }).at(-1)?.defect).toContain(
      'TypeError',
    );
  });
});

describe('any text', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom(..."aZ09!'()*~+&=%/?#:;,. \t\n\0é中😀-_".match(/./gsu)!) }),
  );

  it('arrives unchanged from the vendor’s clients and from ours', async () => {
    await fc.assert(
      fc.asyncProperty(
        text,
        text,
        fc.constantFrom('GET', 'POST'),
        async (tagKey, value, method) => {
          received.splice(0);
          const query = { RegionId: 'cn-local', Tag: [{ Key: tagKey, Value: value }] };
          const options = { deadline: instant(Date.now() + 5_000) };
          await officialEcs(access).describeInstances(
            new DescribeInstancesRequest({
              regionId: 'cn-local',
              tag: [new DescribeInstancesRequestTag({ key: tagKey, value })],
            }),
          );
          await officialPop(access).request('DescribeLoadBalancers', query, { method });
          await overSocket.call(
            { product: 'Ecs', version: '2014-05-26', action: 'DescribeInstances', query },
            options,
          );
          await inProcess.call(
            { product: 'Ecs', version: '2014-05-26', action: 'DescribeInstances', query },
            options,
          );
          const expected = { RegionId: 'cn-local', 'Tag.1.Key': tagKey, 'Tag.1.Value': value };
          expect(received).toEqual([expected, expected, expected, expected]);
        },
      ),
      { numRuns: 100 },
    );
  });
});
