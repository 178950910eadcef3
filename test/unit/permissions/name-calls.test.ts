import { describe, expect, it } from '@jest/globals';
import { FUNCTION_NEEDS, type FunctionName } from '../../../infra/permissions/function-needs';
import { policyOf, WIDEST_SCOPE } from '../../../infra/permissions/ram-policy';
import { HMAC_SIGNATURES } from '../../../shared/adapters/system/signed-word';
import { instant } from '../../../shared/domain/units';
import { operateName } from '../../../shared/operate/failover/operate-name';
import { nameRequest } from '../../../shared/operate/failover/name-request';
import { ACCOUNT, type Guard } from '../../support/guarded-region';
import { aNamePolicy } from '../../support/name-builders';
import { createLiveName, type LiveName } from '../../support/name-world';
import { isAllowed } from '../../../infra/local/ram/is-allowed';

/** From now on every call is made under the policy of that function, narrowed to the name’s domain. */
function underPolicyOf(name: FunctionName, live: LiveName): Guard {
  const policy = policyOf(name, {
    ...WIDEST_SCOPE,
    accountId: ACCOUNT,
    domains: [live.policy.domain],
  });
  const guard: Guard = { called: new Set(), refused: new Set() };
  const { faults } = live;
  const strike = faults.strike.bind(faults);
  faults.strike = (product, api) => {
    guard.called.add(`Alidns.${api}`);
    const resource = `acs:alidns:*:${ACCOUNT}:domain/${live.policy.domain}`;
    const action = `alidns:${api}`;
    if (isAllowed(policy, { action, resource })) return strike(product, api);
    guard.refused.add(action);
    return 'forbidden';
  };
  return guard;
}

const HOLD = aNamePolicy().holdDownMs / 1000;
const alidnsOf = (name: FunctionName): readonly string[] =>
  FUNCTION_NEEDS[name].apis.filter((api) => api.startsWith('Alidns.')).sort();

describe('the policy of reconcile-failover', () => {
  it('allows every call that a failover and the way back make, lost answers included, and no other', async () => {
    const live = createLiveName({ policy: { weighting: true } });
    const guard = underPolicyOf('reconcile-failover', live);
    for (const action of ['SetDomainRecordStatus', 'UpdateDNSSLBWeight', 'SetDNSSLBStatus'])
      live.faults.set('lost-reply', { action, times: 1 });
    await live.watch(150);
    live.kill('a');
    await live.watch(HOLD + 60);
    live.kill();
    await live.watch(1500);
    expect([...guard.refused]).toEqual([]);
    expect([...guard.called].sort()).toEqual(alidnsOf('reconcile-failover'));
  });
});

describe('the policy of operator', () => {
  it('allows what a person may ask about a name, and no other; names are written by their worker alone', async () => {
    const live = createLiveName({ policy: { weighting: true } });
    const guard = underPolicyOf('operator', live);
    const ask = (request: object) =>
      operateName(nameRequest.parse({ name: 'www', ...request }), {
        fleet: { names: [live.policy] },
        ...{ store: live.store, clock: live.clock, log: live.ports.log },
        ...{ signatures: HMAC_SIGNATURES, approvalSecrets: [], portsFor: () => live.ports },
        ...{ policyHash: 'p', holder: 'operator', newTickId: () => 'plan' },
        deadline: instant(live.clock.now() + 60_000),
      });
    const wish = { site: 'a', by: 'ann', reason: 'works', until: live.clock.now() + 3_600_000 };
    for (const verb of ['name-status', 'plan-name', 'name-history']) await ask({ verb });
    for (const verb of ['failover', 'failback', 'practice'])
      for (const isPlan of [true, false]) await ask({ verb, ...wish, isPlan });
    expect([...guard.refused]).toEqual([]);
    expect([...guard.called].sort()).toEqual(alidnsOf('operator'));
  });
});
