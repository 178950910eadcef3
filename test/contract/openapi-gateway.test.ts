import { AddTagsRequest, DescribeMetricListRequest } from '@alicloud/cms20190101';
import {
  DescribeInstancesRequest,
  DescribeInstancesRequestTag,
  RunCommandRequest,
} from '@alicloud/ecs20140526';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Parameters } from '../../infra/local/contracts';
import { realClock } from '../../infra/local/clock';
import { AccessKeys, randomAccessKey } from '../../infra/local/openapi/access-keys';
import { ControlPlane } from '../../infra/local/openapi/control-plane';
import { type Gateway, startGateway } from '../../infra/local/openapi/gateway';
import { type RequestQuery } from '../../infra/local/openapi/request-log';
import { DEFAULT_THROTTLE } from '../../infra/local/openapi/throttle';
import { SignedRpc } from '../../shared/adapters/alicloud/signed-rpc';
import { givenCredentials } from '../../shared/adapters/alicloud/credentials';
import { instant, type Instant } from '../../shared/domain/units';
import { signedRequest } from '../support/acs3-request';
import { echoServices } from '../support/echo-services';
import {
  officialCms,
  officialEcs,
  officialPop,
  type RawReply,
  type RawRequest,
  type RegionAccess,
  sendRaw,
} from '../support/openapi-clients';

const SLB = '2014-05-15';
const REGION = 'cn-local';
const clock = {
  now: (): Instant => instant(Date.now()),
  sleep: (): Promise<void> => Promise.resolve(),
};
const deadline = (): { readonly deadline: Instant } => ({ deadline: instant(Date.now() + 5_000) });

let access: RegionAccess;
let keys: AccessKeys;
let controlPlane: ControlPlane;
let gateway: Gateway;
let received: Parameters[];

beforeEach(async () => {
  received = [];
  const key = randomAccessKey('1234567890');
  keys = new AccessKeys([key]);
  controlPlane = new ControlPlane({
    regionId: REGION,
    clock: realClock(),
    services: echoServices(received),
    throttle: {
      ...DEFAULT_THROTTLE,
      exceptions: { TagResources: { count: 2, periodMs: Number.MAX_SAFE_INTEGER } },
    },
  });
  gateway = await startGateway({ controlPlane, accessKeys: keys });
  access = {
    endpoint: gateway.endpoint,
    accessKeyId: key.accessKeyId,
    accessKeySecret: key.accessKeySecret,
  };
});
afterEach(async () => gateway.stop());

const ours = (who: RegionAccess = access): SignedRpc =>
  new SignedRpc({
    credentials: givenCredentials(who),
    clock,
    regionId: REGION,
    endpoint: who.endpoint,
    protocol: 'HTTP',
  });
const lastLogged = (query: RequestQuery = {}) => controlPlane.log.find(query).at(-1)!;
const codeOf = (reply: RawReply): string =>
  (JSON.parse(reply.text) as { readonly Code: string }).Code;
const describeSigned = (signing: { readonly at?: number; readonly nonce?: string } = {}) =>
  signedRequest(access, {
    action: 'DescribeLoadBalancers',
    version: SLB,
    parameters: { RegionId: REGION, LoadBalancerId: 'lb-1' },
    ...signing,
  });

describe('the vendor’s clients against the gateway', () => {
  it('serves the ECS client, lists and nested tags included', async () => {
    const request = new DescribeInstancesRequest({
      regionId: REGION,
      instanceIds: '["i-1"]',
      tag: [new DescribeInstancesRequestTag({ key: 'a b', value: "!'()*~+&=% 中😀" })],
    });
    const reply = await officialEcs(access).describeInstances(request);
    expect(reply.body?.instances?.instance?.[0]?.instanceId).toBe('i-1');
    expect(reply.body?.requestId).toMatch(/^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/);
    expect(received).toEqual([
      {
        RegionId: REGION,
        InstanceIds: '["i-1"]',
        'Tag.1.Key': 'a b',
        'Tag.1.Value': "!'()*~+&=% 中😀",
      },
    ]);
  });

  it('takes a script of 90 KB in the query of the ECS client', async () => {
    const commandContent = Buffer.alloc(90_000, 'x').toString('base64').slice(0, 90_000);
    const request = new RunCommandRequest({
      regionId: REGION,
      type: 'RunShellScript',
      commandContent,
      instanceId: ['i-1'],
    });
    expect((await officialEcs(access).runCommand(request)).body?.invokeId).toBe('t-1');
    expect(received[0]?.['CommandContent']).toHaveLength(90_000);
  });

  it('serves the CloudMonitor client', async () => {
    const request = new DescribeMetricListRequest({
      namespace: 'acs_ecs_dashboard',
      metricName: 'CPUUtilization',
      period: '60',
    });
    const reply = await officialCms(access).describeMetricList(request);
    expect(reply.body?.datapoints).toBe('[]');
    expect(reply.body?.code).toBe('200');
  });

  it('serves the CloudMonitor client’s temporary credentials', async () => {
    const { accessKeyId, accessKeySecret, securityToken } = keys.issueTemporary(
      '1234567890',
      Date.now(),
      60_000,
    );
    const request = new AddTagsRequest({ groupIds: ['1'], tag: [{ key: 'k', value: 'v' }] });
    const reply = await officialCms({
      ...access,
      accessKeyId,
      accessKeySecret,
      securityToken,
    }).addTags(request);
    expect(reply.body?.success).toBe(true);
  });

  it.each(['GET', 'POST'])('serves pop-core over %s', async (method) => {
    const parameters = {
      RegionId: REGION,
      LoadBalancerId: 'lb-1',
      BackendServers: '[{"ServerId":"i-1","Weight":"40"}]',
      Text: "a+b !'()*~ 中",
    };
    const reply = await officialPop(access).request<{ readonly LoadBalancerId: string }>(
      'SetBackendServers',
      parameters,
      { method },
    );
    expect(reply.LoadBalancerId).toBe('lb-1');
    expect(received).toEqual([parameters]);
    expect(lastLogged()).toMatchObject({
      product: 'Slb',
      action: 'SetBackendServers',
      via: method,
      signature: 'HMAC-SHA1',
      status: 200,
    });
  });

  it('serves pop-core’s temporary credentials and strips the signature’s own parameters', async () => {
    const { accessKeyId, accessKeySecret, securityToken } = keys.issueTemporary(
      '1234567890',
      Date.now(),
      60_000,
    );
    await officialPop({ ...access, accessKeyId, accessKeySecret, securityToken }).request(
      'DescribeLoadBalancers',
      { RegionId: REGION },
      { method: 'GET' },
    );
    expect(received).toEqual([{ RegionId: REGION }]);
    expect(JSON.stringify(controlPlane.log.find())).not.toContain(securityToken);
  });

  it('serves our own client', async () => {
    const query = { RegionId: REGION, LoadBalancerId: 'lb-1' };
    const reply = await ours().call(
      { product: 'Slb', version: SLB, action: 'DescribeLoadBalancers', query },
      deadline(),
    );
    expect(reply['TotalCount']).toBe(1);
    expect(lastLogged()).toMatchObject({
      via: 'POST',
      signature: 'ACS3-HMAC-SHA256',
      parameters: query,
    });
  });

  it('gives errors to every client in the shape it understands', async () => {
    const query = { RegionId: REGION, LoadBalancerId: 'lb-1', ListenerPort: 80 };
    await expect(
      ours().call(
        { product: 'Slb', version: SLB, action: 'StopLoadBalancerListener', query: { ...query } },
        deadline(),
      ),
    ).rejects.toMatchObject({
      details: { code: 'ListenerNotFound', status: 404, reaction: 'already-so' },
    });
    await expect(
      officialPop(access).request('StopLoadBalancerListener', query, {}),
    ).rejects.toMatchObject({ code: 'ListenerNotFound' });
    controlPlane.faults.set('throttling', { product: 'Ecs' });
    await expect(
      officialEcs(access).describeInstances(new DescribeInstancesRequest({ regionId: REGION })),
    ).rejects.toMatchObject({
      name: 'ThrottlingError',
      code: 'Throttling',
      retryAfter: 1_000,
    });
  });
});

describe('requests of the vendor’s clients and ours', () => {
  const wire = () => {
    const { product, version, action, via, parameters, headers } = lastLogged();
    return { product, version, action, via, parameters, headers: Object.keys(headers).sort() };
  };

  it('are equal on the wire for DescribeInstances', async () => {
    const tag = [{ key: 'evenkeel:drain', value: '' }];
    await officialEcs(access).describeInstances(
      new DescribeInstancesRequest({
        regionId: REGION,
        maxResults: 100,
        instanceIds: '["i-1","i-2"]',
        tag: tag.map((one) => new DescribeInstancesRequestTag(one)),
      }),
    );
    const theirs = wire();
    const query = {
      RegionId: REGION,
      MaxResults: 100,
      InstanceIds: '["i-1","i-2"]',
      Tag: tag.map(({ key, value }) => ({ Key: key, Value: value })),
    };
    await ours().call(
      { product: 'Ecs', version: '2014-05-26', action: 'DescribeInstances', query },
      deadline(),
    );
    expect(wire()).toEqual(theirs);
    expect(theirs.headers).toEqual(
      expect.arrayContaining(['authorization', 'x-acs-credentials-provider', 'x-acs-date']),
    );
  });

  it('are equal on the wire for RunCommand and DescribeMetricList', async () => {
    await officialEcs(access).runCommand(
      new RunCommandRequest({
        regionId: REGION,
        type: 'RunShellScript',
        commandContent: 'true',
        instanceId: ['i-1'],
        timeout: 60,
        clientToken: 't',
      }),
    );
    const command = wire();
    const query = {
      RegionId: REGION,
      Type: 'RunShellScript',
      CommandContent: 'true',
      InstanceId: ['i-1'],
      Timeout: 60,
      ClientToken: 't',
    };
    await ours().call(
      { product: 'Ecs', version: '2014-05-26', action: 'RunCommand', query },
      deadline(),
    );
    expect(wire()).toEqual(command);
    await officialCms(access).describeMetricList(
      new DescribeMetricListRequest({
        namespace: 'acs_slb_dashboard',
        metricName: 'Qps',
        dimensions: '[{"instanceId":"lb-1"}]',
      }),
    );
    const metrics = wire();
    const metricQuery = {
      Namespace: 'acs_slb_dashboard',
      MetricName: 'Qps',
      Dimensions: '[{"instanceId":"lb-1"}]',
    };
    await ours().call(
      { product: 'Cms', version: '2019-01-01', action: 'DescribeMetricList', query: metricQuery },
      deadline(),
    );
    expect(wire()).toEqual(metrics);
  });
});

describe('what the gateway refuses', () => {
  afterEach(() => expect(received).toEqual([]));

  const refusal = async (request: RawRequest): Promise<readonly [number, string]> => {
    const reply = await sendRaw(gateway.endpoint, request);
    return [reply.status, codeOf(reply)];
  };

  it('refuses a wrong secret, from each client', async () => {
    const wrong = { ...access, accessKeySecret: 'wrong' };
    await expect(
      officialEcs(wrong).describeInstances(new DescribeInstancesRequest({ regionId: REGION })),
    ).rejects.toMatchObject({ code: 'SignatureDoesNotMatch', statusCode: 400 });
    await expect(officialCms(wrong).addTags(new AddTagsRequest({}))).rejects.toMatchObject({
      code: 'SignatureDoesNotMatch',
    });
    await expect(
      officialPop(wrong).request('DescribeLoadBalancers', { RegionId: REGION }, {}),
    ).rejects.toMatchObject({ code: 'SignatureDoesNotMatch' });
    await expect(
      ours(wrong).call(
        { product: 'Slb', version: SLB, action: 'DescribeLoadBalancers', query: {} },
        deadline(),
      ),
    ).rejects.toMatchObject({
      details: { code: 'SignatureDoesNotMatch', reaction: 'stop' },
    });
  });

  it('refuses an unknown access key', async () => {
    const stranger = { ...access, accessKeyId: 'LTAInobody' };
    await expect(
      officialEcs(stranger).describeInstances(new DescribeInstancesRequest({ regionId: REGION })),
    ).rejects.toMatchObject({ code: 'InvalidAccessKeyId.NotFound', statusCode: 404 });
  });

  it('refuses a tampered query, header, method, host or body', async () => {
    const request = describeSigned();
    const mismatch = [400, 'SignatureDoesNotMatch'];
    expect(await refusal({ ...request, path: request.path.replace('lb-1', 'lb-2') })).toEqual(
      mismatch,
    );
    expect(await refusal({ ...request, path: `${request.path}&Status=x` })).toEqual(mismatch);
    expect(await refusal({ ...request, method: 'GET', body: '' })).toEqual(mismatch);
    expect(
      await refusal({ ...request, headers: { ...request.headers, host: 'elsewhere' } }),
    ).toEqual(mismatch);
    expect(
      await refusal({
        ...request,
        headers: { ...request.headers, 'x-acs-action': 'TagResources' },
      }),
    ).toEqual(mismatch);
    expect(await refusal({ ...request, body: 'LoadBalancerId=lb-3' })).toEqual(mismatch);
    expect(
      await refusal({
        ...request,
        headers: { ...request.headers, 'x-acs-content-sha256': 'f'.repeat(64) },
      }),
    ).toEqual(mismatch);
  });

  it('refuses a vendor’s header that the signature does not cover', async () => {
    const request = describeSigned();
    expect(
      await refusal({ ...request, headers: { ...request.headers, 'x-acs-extra': '1' } }),
    ).toEqual([400, 'IncompleteSignature']);
    expect(
      await refusal({
        ...request,
        headers: { ...request.headers, 'content-type': 'application/x-www-form-urlencoded' },
      }),
    ).toEqual([400, 'IncompleteSignature']);
  });

  it('refuses dates more than 15 minutes off, either way, and dates that are none', async () => {
    expect(await refusal(describeSigned({ at: Date.now() - 16 * 60_000 }))).toEqual([
      400,
      'InvalidTimeStamp.Expired',
    ]);
    expect(await refusal(describeSigned({ at: Date.now() + 16 * 60_000 }))).toEqual([
      400,
      'InvalidTimeStamp.Expired',
    ]);
    const request = describeSigned();
    expect(
      await refusal({ ...request, headers: { ...request.headers, 'x-acs-date': 'yesterday' } }),
    ).toEqual([400, 'InvalidTimeStamp.Format']);
  });

  it('names what an incomplete request lacks', async () => {
    const { authorization, ...unsigned } = describeSigned().headers;
    expect(await refusal({ method: 'POST', path: '/', headers: unsigned })).toEqual([
      400,
      'MissingParameter',
    ]);
    expect(await refusal({ method: 'GET', path: `/?Version=${SLB}`, headers: {} })).toEqual([
      400,
      'MissingParameter',
    ]);
    expect(
      await refusal({
        method: 'GET',
        path: `/?Version=${SLB}&Action=DescribeLoadBalancers`,
        headers: {},
      }),
    ).toEqual([400, 'IncompleteSignature']);
    expect(
      await refusal({
        method: 'GET',
        path: `/?Version=${SLB}&Action=DescribeLoadBalancers&AccessKeyId=x&SignatureMethod=HMAC-SHA1&SignatureVersion=1.0`,
        headers: {},
      }),
    ).toEqual([400, 'MissingParameter']);
    expect(
      await refusal({
        ...describeSigned(),
        headers: { ...unsigned, authorization: 'ACS3-HMAC-SHA256 nonsense' },
      }),
    ).toEqual([400, 'IncompleteSignature']);
    expect(authorization).toContain('ACS3');
  });

  it('answers unknown versions, actions, paths and methods as the vendor does', async () => {
    const unknown = (action: string, version: string) => signedRequest(access, { action, version });
    expect(await refusal(unknown('DescribeLoadBalancers', '1999-01-01'))).toEqual([
      400,
      'InvalidVersion',
    ]);
    expect(await refusal(unknown('DescribeNothing', SLB))).toEqual([404, 'InvalidAction.NotFound']);
    expect(await refusal(unknown('constructor', SLB))).toEqual([404, 'InvalidAction.NotFound']);
    expect(await refusal({ ...describeSigned(), path: '/elsewhere' })).toEqual([
      404,
      'InvalidAction.NotFound',
    ]);
    expect(await refusal({ ...describeSigned(), method: 'PUT' })).toEqual([
      400,
      'UnsupportedHTTPMethod',
    ]);
  });

  it('checks parameters against the official metadata, and the region', async () => {
    const signed = (action: string, parameters: Parameters) =>
      signedRequest(access, { action, version: SLB, parameters });
    expect(await refusal(signed('SetBackendServers', { RegionId: REGION }))).toEqual([
      400,
      'MissingParameter',
    ]);
    expect(
      await refusal(
        signed('TagResources', { RegionId: REGION, ResourceType: 'instance', 'Tag.1.Key': 'k' }),
      ),
    ).toEqual([400, 'MissingParameter']);
    expect(
      await refusal(signed('DescribeLoadBalancers', { RegionId: REGION, PageSize: 'ten' })),
    ).toEqual([400, 'InvalidParameter']);
    expect(await refusal(signed('DescribeLoadBalancers', { RegionId: 'cn-elsewhere' }))).toEqual([
      404,
      'InvalidRegionId.NotFound',
    ]);
  });

  it('refuses parameters given twice, broken encoding and oversized bodies', async () => {
    const request = describeSigned();
    expect(await refusal({ ...request, path: `${request.path}&LoadBalancerId=lb-9` })).toEqual([
      400,
      'InvalidParameter',
    ]);
    expect(await refusal({ ...request, path: '/?LoadBalancerId=%ff' })).toEqual([
      400,
      'InvalidParameter',
    ]);
    expect(await refusal({ ...request, body: Buffer.alloc(11_000_000) })).toEqual([
      413,
      'RequestEntityTooLarge',
    ]);
  });

  it('refuses a token that is missing, foreign or expired', async () => {
    const valid = keys.issueTemporary('1234567890', Date.now(), 60_000);
    const expired = keys.issueTemporary('1234567890', Date.now() - 10_000, 5_000);
    const { securityToken, ...withoutToken } = valid;
    const as = (who: Partial<RegionAccess>) =>
      signedRequest({ ...access, ...who }, { action: 'DescribeLoadBalancers', version: SLB });
    expect(securityToken).not.toBe('');
    expect(await refusal(as(withoutToken))).toEqual([400, 'MissingSecurityToken']);
    expect(await refusal(as({ ...valid, securityToken: expired.securityToken }))).toEqual([
      400,
      'InvalidSecurityToken.MismatchWithAccessKey',
    ]);
    expect(await refusal(as({ securityToken }))).toEqual([
      400,
      'InvalidSecurityToken.MismatchWithAccessKey',
    ]);
    expect(await refusal(as(expired))).toEqual([400, 'InvalidSecurityToken.Expired']);
  });

  it('says only InternalError about its own defects, and keeps the rest in the log', async () => {
    const reply = await sendRaw(
      gateway.endpoint,
      signedRequest(access, {
        action: 'DeleteLoadBalancer',
        version: SLB,
        parameters: { LoadBalancerId: 'lb-1' },
      }),
    );
    expect([reply.status, codeOf(reply)]).toEqual([500, 'InternalError']);
    expect(reply.text).not.toContain('secret');
    expect(lastLogged().defect).toContain('a defect with a secret path');
  });

  it('answers with the vendor’s envelope', async () => {
    const reply = await sendRaw(gateway.endpoint, {
      ...signedRequest(access, {
        action: 'DescribeNothing',
        version: SLB,
        headers: { 'accept-encoding': 'gzip' },
      }),
    });
    expect(reply.headers['content-type']).toBe('application/json;charset=utf-8');
    expect(reply.headers['content-encoding']).toBeUndefined();
    expect(JSON.parse(reply.text)).toEqual({
      RequestId: expect.stringMatching(/^[0-9A-F-]{36}$/),
      HostId: gateway.endpoint,
      Code: 'InvalidAction.NotFound',
      Message: expect.any(String),
      Recommend: expect.stringContaining('InvalidAction.NotFound'),
    });
  });
});

describe('replay', () => {
  it('refuses the same nonce a second time, and only that', async () => {
    const request = describeSigned({ nonce: 'nonce-1' });
    expect((await sendRaw(gateway.endpoint, request)).status).toBe(200);
    const again = await sendRaw(gateway.endpoint, request);
    expect([again.status, codeOf(again)]).toEqual([400, 'SignatureNonceUsed']);
    expect((await sendRaw(gateway.endpoint, describeSigned({ nonce: 'nonce-2' }))).status).toBe(
      200,
    );
    expect(received).toHaveLength(2);
  });

  it('does not let a forger burn a nonce', async () => {
    const request = describeSigned({ nonce: 'nonce-3' });
    const forged = {
      ...request,
      headers: {
        ...request.headers,
        authorization: request.headers['authorization']!.replace(/.{8}$/, '00000000'),
      },
    };
    expect(codeOf(await sendRaw(gateway.endpoint, forged))).toBe('SignatureDoesNotMatch');
    expect((await sendRaw(gateway.endpoint, request)).status).toBe(200);
  });
});

describe('quotas, faults and the log', () => {
  const tag = (): Promise<unknown> =>
    ours().call(
      {
        product: 'Slb',
        version: SLB,
        action: 'TagResources',
        query: {
          RegionId: REGION,
          ResourceType: 'instance',
          ResourceId: ['lb-1'],
          Tag: [{ Key: 'a', Value: 'b' }],
        },
      },
      deadline(),
    );
  const list = (): Promise<unknown> =>
    ours().call(
      {
        product: 'Slb',
        version: SLB,
        action: 'DescribeLoadBalancers',
        query: { RegionId: REGION },
      },
      deadline(),
    );
  const weigh = (): Promise<unknown> =>
    ours().call(
      {
        product: 'Slb',
        version: SLB,
        action: 'SetBackendServers',
        query: { LoadBalancerId: 'lb-1', BackendServers: '[]' },
      },
      { deadline: instant(Date.now() + 300) },
    );

  it('throttles one API of one account and leaves the others alone', async () => {
    await tag();
    await tag();
    await expect(tag()).rejects.toMatchObject({
      details: { code: 'Throttling', reaction: 'retry', status: 400, isAmbiguous: false },
    });
    await list();
    const other = randomAccessKey('another-account');
    keys.register(other);
    const reply = await sendRaw(
      gateway.endpoint,
      signedRequest(
        { ...access, ...other },
        {
          action: 'TagResources',
          version: SLB,
          parameters: {
            RegionId: REGION,
            ResourceType: 'instance',
            'ResourceId.1': 'lb-1',
            'Tag.1.Key': 'a',
          },
        },
      ),
    );
    expect(reply.status).toBe(200);
  });

  it.each([
    ['forbidden', { code: 'Forbidden.RAM', status: 403, reaction: 'stop' }],
    [
      'internal-error',
      { code: 'InternalError', status: 500, reaction: 'retry', isAmbiguous: true },
    ],
    ['throttling', { code: 'Throttling', status: 400, reaction: 'retry' }],
    ['html', { code: 'UnreadableReply', isAmbiguous: true }],
    ['hang', { code: 'Timeout', isAmbiguous: true }],
    ['reset', { code: 'ConnectionFailed', isAmbiguous: true }],
  ] as const)(
    'fails as told: %s, and recovers when the fault is lifted',
    async (fault, details) => {
      const lift = controlPlane.faults.set(fault, { product: 'Slb' });
      await expect(weigh()).rejects.toMatchObject({ details });
      expect(received).toEqual([]);
      await ours().call(
        {
          product: 'Ecs',
          version: '2014-05-26',
          action: 'DescribeInstances',
          query: { RegionId: REGION },
        },
        deadline(),
      );
      lift();
      await weigh();
      expect(received).toHaveLength(2);
    },
  );

  it('performs the action and loses the reply', async () => {
    controlPlane.faults.set('lost-reply', { action: 'SetBackendServers', times: 1 });
    await expect(weigh()).rejects.toMatchObject({
      details: { code: 'ConnectionFailed', isAmbiguous: true },
    });
    expect(received).toHaveLength(1);
    await weigh();
    expect(received).toHaveLength(2);
  });

  it('counts calls per API and finds them again', async () => {
    await list();
    await weigh();
    await list();
    expect(controlPlane.log.counts()).toEqual({
      'Slb.DescribeLoadBalancers': 2,
      'Slb.SetBackendServers': 1,
    });
    expect(controlPlane.log.find({ action: 'SetBackendServers', status: 200 })).toHaveLength(1);
    expect(JSON.stringify(controlPlane.log.find())).not.toMatch(/Signature=[0-9a-f]/);
  });

  it('stops while a call hangs', async () => {
    controlPlane.faults.set('hang');
    const arrived = controlPlane.log.next();
    const hanging = expect(sendRaw(gateway.endpoint, describeSigned())).rejects.toMatchObject({
      code: 'ECONNRESET',
    });
    await arrived;
    await gateway.stop();
    await hanging;
    gateway = await startGateway({ controlPlane, accessKeys: keys });
  });
});
