import { CmsAlarmSetup } from '../../shared/adapters/alicloud/cms-alarm-setup';
import { RetryingRpc } from '../../shared/adapters/alicloud/retrying-rpc';
import { SystemClock } from '../../shared/adapters/system/system-clock';
import { SYSTEM_RANDOM } from '../../shared/adapters/system/system-random';
import { CloudError } from '../../shared/domain/cloud-error';
import { type NamePolicy } from '../../shared/domain/failover/name-policy';
import { type NameSnapshot } from '../../shared/domain/failover/name-snapshot';
import { type PoolPolicy } from '../../shared/domain/policy';
import { type PoolSnapshot } from '../../shared/domain/pool';
import { instant, type Instant, millis, plus } from '../../shared/domain/units';
import { operate } from '../../shared/operate/operate';
import { planPool } from '../../shared/operate/plan-pool';
import { type TickDigest } from '../../shared/ports/tick-archive';
import { type DoctorContext } from '../doctor/doctor';
import { CHECK_NAMES, type CheckName } from '../doctor/finding';
import { type FunctionName } from '../permissions/function-needs';
import { scopeOf } from '../permissions/permission-scope';
import { askOperator, type OperatorPlace } from './ask-operator';
import { channelsOf, endpointsOf } from './doctor-endpoints';
import { openContext } from './open-context';
import { type OpenFleet } from './open-fleet';
import { openInvoker } from './open-invoker';
import { accountOf, openInstall, openSingleRpc } from './open-rpc';
import { UserError } from './user-error';

export interface DoctorOptions {
  readonly timeout: number;
  readonly callback?: string;
  readonly as?: FunctionName;
  readonly alarmWait: number;
}

/** Checks that are about one function's role, wherever it is. */
const ABOUT_A_ROLE: readonly CheckName[] = ['endpoints', 'clock', 'credentials', 'permissions'];

/** Everything that `doctor` looks at, over signed calls. */
export function openDoctor(
  fleet: OpenFleet,
  variables: Readonly<Record<string, string | undefined>>,
  options: DoctorOptions,
  tell: (text: string) => void,
): DoctorContext {
  const clock = new SystemClock();
  const callOptions = () => ({ deadline: plus(clock.now(), options.timeout) });
  const rpcIn = (regionId: string) =>
    new RetryingRpc({ rpc: openSingleRpc(fleet, regionId), clock, random: SYSTEM_RANDOM });
  const invoker = openInvoker(fleet);
  const { policy, environment } = fleet;
  const rpc = rpcIn(policy.regionId);
  const setup = new CmsAlarmSetup({
    ...{ rpc, regionId: policy.regionId, accountId: accountOf(fleet) ?? '' },
  });
  const { functionNames } = scopeOf(policy, environment);
  const operator = invoker && { fleet, invoker, timeoutMs: options.timeout };
  return {
    account: { fleet: policy, rpc, setup, callOptions },
    endpoints: {
      ...{ endpoints: endpointsOf(fleet), channels: channelsOf(policy, variables) },
      ...{ now: Date.now, tell },
    },
    permissions: {
      ...{ fleet: policy, rpcIn, callOptions, invoker, functionNames, tell },
      only: options.as ?? null,
    },
    pools: {
      ...{ fleet: policy, tell },
      look: async (pool) => lookFrom(fleet, pool, options),
      lookFromFunction: operator && (async (pool) => lookThrough(operator, pool)),
    },
    names: {
      ...{ fleet: policy, tell },
      lookFromFunction: operator && (async (name) => lookAtName(operator, name)),
    },
    alarms: {
      ...{ install: openInstall(fleet, variables, options), tell, waitMs: options.alarmWait },
      history: async (pool, from) => historyOf(pool, from, { fleet, operator, options }),
      now: () => clock.now(),
      sleep: async (ms) => clock.sleep(millis(ms)),
    },
    skips: options.as === undefined ? [] : CHECK_NAMES.filter((one) => !ABOUT_A_ROLE.includes(one)),
  };
}

const openFor = (fleet: OpenFleet, pool: PoolPolicy, { timeout }: DoctorOptions) =>
  openContext(
    fleet,
    { regionId: pool.regionId, mode: 'observe' },
    { timeoutMs: timeout, writeLog: null },
  );

/** A look from here, without probes: whoever is outside the VPC reaches no backend. */
async function lookFrom(
  fleet: OpenFleet,
  pool: PoolPolicy,
  options: DoctorOptions,
): Promise<PoolSnapshot> {
  const unprobed = { ...pool, mode: 'observe', heal: { ...pool.heal, probe: null } } as const;
  return (await planPool(unprobed, openFor(fleet, pool, options))).pool;
}

async function lookThrough(place: OperatorPlace, { name }: PoolPolicy): Promise<PoolSnapshot> {
  const reply = await askOperator({ verb: 'plan', pool: name }, place).catch(asCloudError);
  const [plan] = reply.kind === 'plans' ? reply.plans : [];
  if (plan === undefined) throw new Error(`plan was answered with ${reply.kind}`);
  return plan.pool;
}

async function lookAtName(place: OperatorPlace, { name }: NamePolicy): Promise<NameSnapshot> {
  const reply = await askOperator({ verb: 'plan-name', name }, place).catch(asCloudError);
  const [plan] = reply.kind === 'name-plans' ? reply.plans : [];
  if (plan === undefined) throw new Error(`plan-name was answered with ${reply.kind}`);
  return plan.name;
}

/** What the operator refuses is found like what the cloud refuses. */
function asCloudError(error: unknown): never {
  if (!(error instanceof UserError)) throw error;
  const { message } = error;
  throw new CloudError({
    ...{ action: 'operator', code: 'Refused', reaction: 'stop', isAmbiguous: false, message },
  });
}

interface HistoryPlace {
  readonly fleet: OpenFleet;
  /** Null: no function can be asked. */
  readonly operator: OperatorPlace | null;
  readonly options: DoctorOptions;
}

/** Ticks by the function where one can be asked, else by the archive that is seen from here. */
async function historyOf(
  poolName: string,
  from: Instant,
  { fleet, operator, options }: HistoryPlace,
): Promise<readonly TickDigest[]> {
  const request = { verb: 'history', pool: poolName, from: instant(from), limit: 50 } as const;
  if (operator !== null) {
    const reply = await askOperator(request, operator).catch(asCloudError);
    return reply.kind === 'history' ? reply.ticks : [];
  }
  const pool = fleet.policy.pools.find(({ name }) => name === poolName);
  if (pool === undefined) return [];
  const reply = await operate(request, openFor(fleet, pool, options));
  return reply.kind === 'history' ? reply.ticks : [];
}
