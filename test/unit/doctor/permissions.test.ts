import { describe, expect, it } from '@jest/globals';
import { checkPermissions, type PermissionContext } from '../../../infra/doctor/check-permissions';
import { type Finding } from '../../../infra/doctor/finding';
import {
  createInProcessRegion,
  type InProcessRegion,
} from '../../../infra/local/in-process-region';
import { InProcessRpc } from '../../../infra/local/in-process-rpc';
import { isAllowed } from '../../../infra/local/ram/is-allowed';
import { FUNCTION_NAMES, type FunctionName } from '../../../infra/permissions/function-needs';
import { policyOf, type RamPolicy, WIDEST_SCOPE } from '../../../infra/permissions/ram-policy';
import { loadPolicy } from '../../../shared/config/load-policy';
import { CloudError } from '../../../shared/domain/cloud-error';
import { POOL_TAG } from '../../../shared/domain/ownership-tags';
import { instant } from '../../../shared/domain/units';
import { type FunctionInvoker } from '../../../shared/ports/function-invoker';
import { aNamePolicy } from '../../support/name-builders';

const ACCOUNT = '1234567890123456';
const REGION = 'cn-local';

/** A region with everything that permissions are narrowed to: a load balancer with a group, an owned instance, a domain with a record. */
async function scene() {
  const region = createInProcessRegion({ regionId: REGION });
  const instanceId = await region.ecs.createInstance({
    ...{ instanceType: 'ecs.c7.large', isBooted: true, tags: { [POOL_TAG]: 'web' } },
  });
  const { loadBalancerId, groupId } = region.slb.provision(() => {
    const balancer = region.slb.createLoadBalancer({
      name: 'web',
      vpcId: 'vpc-local',
      addressType: 'intranet',
    });
    const id = balancer.loadBalancerId;
    const group = region.slb.createGroup(id, 'web', [
      { serverId: instanceId, port: 80, weight: 100 },
    ]);
    return { loadBalancerId: id, groupId: group.groupId };
  });
  region.alidns.provision(() => {
    region.alidns.addDomain({ domainName: 'example.com' });
    region.alidns.addRecord('example.com', { rr: 'www', type: 'A', value: '192.0.2.1' });
    region.alidns.addRecord('example.com', { rr: 'mail', type: 'A', value: '192.0.2.2' });
  });
  const targets = `[{ loadBalancer: ${loadBalancerId}, serverGroup: ${groupId} }]`;
  const loaded = loadPolicy(
    `{version: 1, region: ${REGION}, pools: [{ name: web, targets: ${targets} }]}`,
    'evenkeel.yaml',
  );
  if (loaded.kind === 'invalid') throw new Error(JSON.stringify(loaded.problems));
  const names = [aNamePolicy({ homeRegionId: REGION, domain: 'example.com' })];
  const policy = everything(loadBalancerId);
  return { region, instanceId, groupId, fleet: { ...loaded.policy, names }, policy };
}

/** What all functions may do together, narrowed to what the policy names. */
const everything = (loadBalancerId: string): RamPolicy => ({
  Version: '1',
  Statement: FUNCTION_NAMES.flatMap(
    (name) =>
      policyOf(name, {
        ...WIDEST_SCOPE,
        ...{ accountId: ACCOUNT, regionIds: [REGION], loadBalancerIds: [loadBalancerId] },
        ...{ domains: ['example.com'], poolNames: ['web'] },
      }).Statement,
  ),
});

const without = ({ Statement }: RamPolicy, action: string): RamPolicy => ({
  Version: '1',
  Statement: Statement.map((one) => ({
    ...one,
    Action: one.Action.filter((name) => name !== action),
  })),
});

const denied = (code: string) =>
  new CloudError({
    action: 'InvokeFunction',
    code,
    reaction: 'stop',
    isAmbiguous: false,
    message: code,
  });

/** Functions that refuse every payload, for callers whom the policy lets in. */
const invokerUnder = (policy: RamPolicy): FunctionInvoker => ({
  enqueue: () => Promise.reject(denied('unexpected')),
  call: (name) => {
    const resource = `acs:fc:${REGION}:${ACCOUNT}:functions/${name}`;
    const isIn = isAllowed(policy, { action: 'fc:InvokeFunction', resource });
    return Promise.reject(denied(isIn ? 'EventError' : 'AccessDenied'));
  },
});

const contextOf = (
  { region, fleet }: { region: InProcessRegion; fleet: PermissionContext['fleet'] },
  policy: RamPolicy,
  only: FunctionName | null = null,
): PermissionContext => {
  const caller = { accessKeyId: 'role', accountId: ACCOUNT, policy };
  const rpc = new InProcessRpc({ controlPlane: region.controlPlane, caller });
  return {
    ...{ fleet, only, rpcIn: () => rpc, invoker: invokerUnder(policy), functionNames: {} },
    callOptions: () => ({ deadline: instant(Number.MAX_SAFE_INTEGER) }),
    tell: () => undefined,
  };
};

const subjects = (findings: readonly Finding[], status: Finding['status']) =>
  findings.filter((one) => one.status === status).map(({ subject }) => subject);

describe('permissions', () => {
  it('are all found granted under the policies of the functions, and nothing is changed by trying', async () => {
    const { region, fleet, policy, instanceId, groupId } = await scene();
    const findings = await checkPermissions(contextOf({ region, fleet }, policy));
    expect(findings.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(region.ecs.all()).toHaveLength(1);
    expect(region.ecs.demand(instanceId).status).toBe('Running');
    expect([...region.ecs.demand(instanceId).tags.keys()]).toEqual([POOL_TAG]);
    expect(region.slb.backends({ kind: 'group', groupId })).toMatchObject([{ weight: 100 }]);
    expect(region.alidns.domain('example.com').zone.records).toMatchObject([
      { isEnabled: true, remark: '' },
      { isEnabled: true, remark: '' },
    ]);
  });

  it('each one that is taken away is found, and named with whoever needs it', async () => {
    const { region, fleet, policy } = await scene();
    const actions = [...new Set(policy.Statement.flatMap(({ Action }) => Action))].filter(
      (action) => action !== 'fc:InvokeFunction',
    );
    expect(actions.length).toBeGreaterThan(35);
    for (const action of actions) {
      const findings = await checkPermissions(
        contextOf({ region, fleet }, without(policy, action)),
      );
      expect([action, subjects(findings, 'problem')]).toEqual([action, [action]]);
      const [found] = findings.filter(({ status }) => status === 'problem');
      expect(found?.sentence).toMatch(/need/);
      expect(found?.remedy).toMatch(/evenkeel permissions --function/);
      await region.clock.advance(60_000);
    }
  });

  it('calls of functions that may not be made are named one by one', async () => {
    const { region, fleet, policy } = await scene();
    const findings = await checkPermissions(
      contextOf({ region, fleet }, without(policy, 'fc:InvokeFunction')),
    );
    expect(subjects(findings, 'problem')).toEqual([
      'fc:InvokeFunction evenkeel-reconcile-pool',
      'fc:InvokeFunction evenkeel-reconcile-failover',
      'fc:InvokeFunction evenkeel-probe',
      'fc:InvokeFunction evenkeel-operator',
    ]);
  });

  it('--as: the needs of one function under its own role', async () => {
    const { region, fleet, policy } = await scene();
    const heartbeat = without(policy, 'slb:SetBackendServers');
    const timer = await checkPermissions(contextOf({ region, fleet }, heartbeat, 'on-timer'));
    expect(subjects(timer, 'problem')).toEqual([]);
    expect(subjects(timer, 'ok')).toContain('cms:PutCustomMetric');
    const worker = await checkPermissions(
      contextOf({ region, fleet }, heartbeat, 'reconcile-pool'),
    );
    expect(subjects(worker, 'problem')).toEqual(['slb:SetBackendServers']);
  });

  it('what cannot be tried is said to be so', async () => {
    const { region, fleet, policy, instanceId } = await scene();
    region.ecs.demand(instanceId).tags.delete(POOL_TAG);
    const findings = await checkPermissions(contextOf({ region, fleet }, policy));
    expect(subjects(findings, 'skipped')).toEqual([
      ...['ecs:StartInstances', 'ecs:StopInstances', 'ecs:DeleteInstances'],
    ]);
  });
});
