import { fallOf } from './domain/freshness';
import { BUDGET_SPENT, type CloudError } from './domain/cloud-error';
import { type Alert } from './domain/proposal';
import { type PoolPolicy } from './domain/policy';
import { type PoolSnapshot } from './domain/pool';
import { type PoolMemory } from './domain/memory';
import { memoryKey, poolLease } from './domain/store-keys';
import { type Tick } from './domain/tick';
import { isAwaitingConfirmation } from './domain/verdict';
import { type Ports } from './ports/ports';
import { type StoreUnavailable } from './ports/state-store';
import { UNTRACED } from './ports/trace';
import { raiseOnce } from './record/raise-once';
import { tellBudgetSpent } from './record/tell-budget-spent';
import { reconcile } from './reconcile';
import { aboutTurn, turnFields } from './about-turn';
import { type Look } from './wait-for-turn';
import {
  type TurnRequest,
  workUnderLease,
  type WorkResult,
  type WorkSettings,
} from './work-under-lease';

export { type WorkResult } from './work-under-lease';

export interface WorkOptions extends WorkSettings {
  readonly policy: PoolPolicy;
  readonly ports: Ports;
  readonly onTick?: (tick: Tick) => void;
  /** Waited for after each tick, under the lease. May throw `StoreUnavailable`. */
  readonly afterTick?: ((tick: Tick) => Promise<void>) | undefined;
}

/** One worker on one pool, under the pool's lease: see `work-under-lease.ts`. */
export async function workPool(options: WorkOptions): Promise<WorkResult> {
  const { policy, ports } = options;
  let previous: PoolSnapshot | null = null;
  const look = async (request: TurnRequest): Promise<Look> => {
    aboutTurn(request, { pool: policy.name }, ports);
    try {
      const turn = () => reconcile({ ...request, policy }, ports, previous);
      const tick = await (ports.trace ?? UNTRACED).stage('tick', turn, turnFields);
      options.onTick?.(tick);
      await options.afterTick?.(tick);
      previous = tick.pool;
      return lookOf(tick);
    } finally {
      await ports.alerts.retry?.();
    }
  };
  const lastLookAt = async (): Promise<unknown> => {
    const stored = await ports.store.read(memoryKey(policy.name));
    return (stored?.value as Partial<PoolMemory> | null | undefined)?.updatedAt;
  };
  return workUnderLease({
    ...options,
    leaseName: poolLease(policy.name),
    look,
    lastLookAt,
    onBlind: async (error) => tellBlind(error, options),
    onStoreDown: async (error) => raiseOnce(policy.name, storeAlert(policy, error), ports),
  });
}

const lookOf = ({ request, proposal }: Tick): Look => ({
  tickId: request.tickId,
  startedAt: request.startedAt,
  isUnsteady: proposal.isUnsteady,
  confirmingLooksMax: proposal.verdicts.some(isAwaitingConfirmation)
    ? fallOf(request.policy.heal) - 1
    : 0,
});

async function tellBlind(error: CloudError, { policy, ports }: WorkOptions): Promise<void> {
  ports.calls?.addBlindLook(error.details.code);
  if (error.details.code === BUDGET_SPENT) {
    await tellBudgetSpent(policy.name, error, ports);
    return;
  }
  await raiseOnce(policy.name, blindAlert(policy, error), ports);
  ports.log.error('the pool could not be observed; nothing was changed', {
    pool: policy.name,
    code: error.details.code,
    action: error.details.action,
  });
}

const blindAlert = (policy: PoolPolicy, error: CloudError): Alert => ({
  key: 'blind',
  severity: 'critical',
  reason: 'cloud-unreadable',
  instanceId: null,
  message: `${policy.name}: ${error.message}. Nothing is changed until the pool can be read again.`,
});

const storeAlert = (policy: PoolPolicy, error: StoreUnavailable): Alert => ({
  key: 'store',
  severity: 'critical',
  reason: 'store-unavailable',
  instanceId: null,
  message: `${policy.name}: the state store cannot be reached (${error.message}). Nothing is written to the cloud without it.`,
});
