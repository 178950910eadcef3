import { type AccountContext, checkCredentials, checkQuota } from './check-account';
import { checkAlarms } from './check-alarms';
import { checkEndpoints, type EndpointContext } from './check-endpoints';
import { checkNames, type NamesContext } from './check-names';
import { checkPermissions, type PermissionContext } from './check-permissions';
import { checkFunctions, checkPools, type PoolsContext } from './check-pools';
import { type CheckName, type Finding } from './finding';
import { type AlarmContext } from './test-alarm';

/** Everything that is looked at, and with what. */
export interface DoctorContext {
  readonly account: AccountContext;
  readonly endpoints: EndpointContext;
  readonly permissions: PermissionContext;
  readonly pools: PoolsContext;
  readonly names: NamesContext;
  readonly alarms: AlarmContext;
  /** What is left out. */
  readonly skips: readonly CheckName[];
}

/**
 * One check after the other, each telling what it found; nothing that goes wrong in the world ends it. With credentials that are refused
 * the rest would only say so again, so it is left out. Only the test alarm changes anything: it puts a rule, and takes it away.
 */
export async function examine(
  context: DoctorContext,
  report: (findings: readonly Finding[]) => void,
): Promise<readonly Finding[]> {
  const all: Finding[] = [];
  const checks: readonly (readonly [CheckName, () => Promise<readonly Finding[]>])[] = [
    ['endpoints', async () => checkEndpoints(context.endpoints)],
    ['credentials', async () => [await checkCredentials(context.account)]],
    ['permissions', async () => checkPermissions(context.permissions)],
    ['quota', async () => [await checkQuota(context.account)]],
    ['pools', async () => checkPools(context.pools)],
    ['functions', async () => checkFunctions(context.pools)],
    ['functions', async () => checkNames(context.names)],
    ['alarms', async () => checkAlarms(context.alarms)],
  ];
  for (const [name, check] of checks) {
    if (context.skips.includes(name) || isHopeless(all)) continue;
    const found = await check();
    all.push(...found);
    report(found);
  }
  return all;
}

const isHopeless = (findings: readonly Finding[]): boolean =>
  findings.some(({ check, status }) => check === 'credentials' && status === 'problem');
