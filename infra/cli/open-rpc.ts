import { defaultCredentials, givenCredentials } from '../../shared/adapters/alicloud/credentials';
import { CmsAlarmSetup } from '../../shared/adapters/alicloud/cms-alarm-setup';
import { RetryingRpc } from '../../shared/adapters/alicloud/retrying-rpc';
import { type Rpc } from '../../shared/adapters/alicloud/rpc';
import { SignedRpc } from '../../shared/adapters/alicloud/signed-rpc';
import { SystemClock } from '../../shared/adapters/system/system-clock';
import { SYSTEM_RANDOM } from '../../shared/adapters/system/system-random';
import { plus } from '../../shared/domain/units';
import { type InstallContext } from '../install/install-session';
import { WIDEST_SCOPE } from '../permissions/ram-policy';
import { endpointsIn } from './local-endpoints';
import { type OpenFleet } from './open-fleet';

/** Signed calls of a region's OpenAPI: the vendor's, or a local region's. Each is sent once. */
export function openSingleRpc({ environment, local, policy }: OpenFleet, regionId: string): Rpc {
  const clock = new SystemClock();
  const attemptTimeoutMs = policy.deployment.callDeadlineMs;
  if (local !== null) {
    const { openapi, accessKeyId, accessKeySecret } = endpointsIn(local, regionId);
    const credentials = givenCredentials({ accessKeyId, accessKeySecret });
    return new SignedRpc({
      ...{ regionId, clock, credentials, attemptTimeoutMs },
      ...{ endpoint: openapi, protocol: 'HTTP' },
    });
  }
  const endpoint = environment.regions[regionId]?.openApi ?? environment.openApi.endpoint;
  const credentials = defaultCredentials();
  return new SignedRpc({
    ...environment.openApi,
    ...{ regionId, clock, credentials, attemptTimeoutMs, endpoint },
  });
}

/** The account whose functions and metrics these are; null when nobody said it. */
export const accountOf = ({ environment, local, policy }: OpenFleet): string | null => {
  const known = local === null ? '' : endpointsIn(local, policy.regionId).accountId;
  return known === '' ? environment.accountId : known;
};

/** `on-event` as the other functions are named: `evenkeel-reconcile-pool` stands beside `evenkeel-on-event`. */
const eventFunctionOf = ({ environment }: OpenFleet): string => {
  const { worker } = environment.functionCompute;
  return worker.endsWith('reconcile-pool')
    ? worker.replace(/reconcile-pool$/, 'on-event')
    : WIDEST_SCOPE.functionNames['on-event'];
};

/** Everything that `install` needs; `callback` wins over the policy's. */
export function openInstall(
  fleet: OpenFleet,
  variables: Readonly<Record<string, string | undefined>>,
  { timeout, callback }: { readonly timeout: number; readonly callback?: string },
): InstallContext {
  const clock = new SystemClock();
  const accountId = accountOf(fleet);
  const { alarms } = fleet.policy;
  const ringsAt = callback?.replace(/\/+$/, '') ?? alarms.callback;
  return {
    fleet: { ...fleet.policy, alarms: { ...alarms, callback: ringsAt } },
    setupIn: (regionId) => {
      const single = openSingleRpc(fleet, regionId);
      const rpc = new RetryingRpc({ rpc: single, clock, random: SYSTEM_RANDOM });
      return new CmsAlarmSetup({ rpc, regionId, accountId: accountId ?? '' });
    },
    accountId,
    service: fleet.environment.functionCompute.service ?? null,
    eventFunction: eventFunctionOf(fleet),
    variables,
    callOptions: () => ({ deadline: plus(clock.now(), timeout) }),
  };
}
