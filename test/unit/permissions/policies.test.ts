import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import parameters from '../../../infra/local/openapi/parameters.json';
import { API_PERMISSIONS } from '../../../infra/permissions/api-permissions';
import {
  FUNCTION_NAMES,
  FUNCTION_NEEDS,
  UNCALLED_APIS,
} from '../../../infra/permissions/function-needs';
import {
  OWNER_KEY,
  policyOf,
  type PermissionScope,
  WIDEST_SCOPE,
} from '../../../infra/permissions/ram-policy';
import { isAllowed } from '../../../infra/local/ram/is-allowed';
import { ROOT, sourceFiles } from '../../support/source-files';

/** Names of APIs that stand in the adapters as whole texts: what they call, and what they are asked for in errors. */
function apisInAdapters(): readonly string[] {
  const texts = sourceFiles(['shared/adapters/alicloud'], ['.ts']).flatMap(({ text }) =>
    [...text.matchAll(/'([A-Z][A-Za-z]+)'/g)].map(([, word]) => word ?? ''),
  );
  const words = new Set(texts);
  const known = Object.entries(parameters as Record<string, Record<string, unknown>>);
  return known.flatMap(([product, apis]) =>
    Object.keys(apis)
      .filter((api) => words.has(api))
      .map((api) => `${product}.${api}`),
  );
}

describe('the table of permissions', () => {
  it('has every API that the adapters name, and no other', () => {
    const twice = ['Slb.TagResources', 'Slb.UntagResources', 'Slb.ListTagResources']; // ECS has them too
    const named = apisInAdapters().filter((api) => !twice.includes(api));
    expect(Object.keys(API_PERMISSIONS).sort()).toEqual([...named].sort());
  });

  it('gives every API to somebody, but those that no function calls', () => {
    const needed = new Set(FUNCTION_NAMES.flatMap((name) => FUNCTION_NEEDS[name].apis));
    const unneeded = Object.keys(API_PERMISSIONS).filter((api) => !needed.has(api));
    expect(unneeded.sort()).toEqual([...UNCALLED_APIS].sort());
  });
});

const SCOPE: PermissionScope = {
  ...WIDEST_SCOPE,
  accountId: '1',
  regionIds: ['cn-a'],
  loadBalancerIds: ['lb-1'],
  domains: ['example.com'],
  poolNames: ['web'],
  functionRegionIds: ['cn-a', 'cn-b'],
};
const instance = 'acs:ecs:cn-a:1:instance/i-1';

describe('what destroys', () => {
  it.each(['ecs:DeleteInstances', 'ecs:StopInstances', 'ecs:StartInstances'])(
    '%s is allowed on instances of the policy’s own pools alone',
    (action) => {
      for (const name of ['reconcile-pool', 'operator'] as const) {
        const answer = (context: Record<string, string>, resource = instance) =>
          isAllowed(policyOf(name, SCOPE), { action, resource, context });
        expect(answer({ [OWNER_KEY]: 'web' })).toBe(true);
        expect(answer({ [OWNER_KEY]: 'other' })).toBe(false);
        expect(answer({})).toBe(false);
        expect(answer({ [OWNER_KEY]: 'web' }, 'acs:ecs:cn-b:1:instance/i-1')).toBe(false);
        expect(isAllowed(policyOf(name), { action, resource: instance })).toBe(false);
      }
    },
  );

  it.each(['slb:RemoveBackendServers', 'slb:SetVServerGroupAttribute'])(
    '%s is allowed on load balancers of the policy alone',
    (action) => {
      const answer = (id: string) =>
        isAllowed(policyOf('reconcile-pool', SCOPE), {
          action,
          resource: `acs:slb:cn-a:1:loadbalancer/${id}`,
        });
      expect([answer('lb-1'), answer('lb-2')]).toEqual([true, false]);
    },
  );

  it('is nothing that a doorbell, a vantage or the failover worker may do', () => {
    for (const name of ['on-alarm', 'on-event', 'on-timer', 'probe', 'reconcile-failover'] as const)
      for (const api of ['ecs:DeleteInstances', 'ecs:RunCommand', 'slb:SetBackendServers'])
        expect(isAllowed(policyOf(name), { action: api, resource: '*' })).toBe(false);
    for (const name of FUNCTION_NAMES.filter((one) => one !== 'reconcile-failover'))
      expect(
        isAllowed(policyOf(name), {
          action: 'alidns:SetDomainRecordStatus',
          resource: 'acs:alidns:*:1:domain/example.com',
        }),
      ).toBe(false);
  });

  it('is never granted by a wildcard in an action', () => {
    for (const name of FUNCTION_NAMES)
      for (const { Action } of policyOf(name).Statement)
        for (const action of Action) expect(action).toMatch(/^[a-z]+:[A-Z][A-Za-z]+$/);
  });
});

describe('calls of our own functions', () => {
  const answer = (service: string | null, resource: string) =>
    isAllowed(policyOf('on-event', { ...SCOPE, service }), {
      action: 'fc:InvokeFunction',
      resource,
    });

  it('are allowed by name, in FC 3.0 and in a service of FC 2.0', () => {
    expect(answer(null, 'acs:fc:cn-a:1:functions/evenkeel-reconcile-pool')).toBe(true);
    expect(answer(null, 'acs:fc:cn-a:1:functions/evenkeel-operator')).toBe(false);
    expect(answer(null, 'acs:fc:cn-c:1:functions/evenkeel-reconcile-pool')).toBe(false);
    expect(answer('sre', 'acs:fc:cn-a:1:services/sre/functions/evenkeel-reconcile-pool')).toBe(
      true,
    );
    expect(
      answer('sre', 'acs:fc:cn-a:1:services/sre.LATEST/functions/evenkeel-reconcile-pool'),
    ).toBe(true);
    expect(
      answer('sre', 'acs:fc:cn-a:1:services/sre-other/functions/evenkeel-reconcile-pool'),
    ).toBe(false);
  });
});

describe('the files', () => {
  it.each(FUNCTION_NAMES)('%s.json is what the command writes', (name) => {
    const file = join(ROOT, 'infra', 'permissions', 'policies', `${name}.json`);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(policyOf(name));
  });
});
