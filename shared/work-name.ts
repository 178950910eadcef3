import { BUDGET_SPENT, type CloudError } from './domain/cloud-error';
import { type NameMemory } from './domain/failover/name-memory';
import { nameKeyOf, type NamePolicy } from './domain/failover/name-policy';
import { type NameTick } from './domain/failover/name-tick';
import { type Alert } from './domain/proposal';
import { nameLease, nameMemoryKey } from './domain/store-keys';
import { type NamePorts } from './ports/name-ports';
import { UNTRACED } from './ports/trace';
import { raiseOnce } from './record/raise-once';
import { tellBudgetSpent } from './record/tell-budget-spent';
import { reconcileName } from './reconcile-name';
import { aboutTurn, turnFields } from './about-turn';
import { type Look } from './wait-for-turn';
import {
  type TurnRequest,
  workUnderLease,
  type WorkResult,
  type WorkSettings,
} from './work-under-lease';

export interface WorkNameOptions extends WorkSettings {
  readonly policy: NamePolicy;
  readonly ports: NamePorts;
  readonly onTick?: (tick: NameTick) => void;
}

/** One worker on one public name, under the name’s lease: see `work-under-lease.ts`. */
export async function workName(options: WorkNameOptions): Promise<WorkResult> {
  const { policy, ports } = options;
  const look = async (request: TurnRequest): Promise<Look> => {
    aboutTurn(request, { name: policy.name }, ports);
    try {
      const turn = () => reconcileName({ ...request, policy }, ports);
      const tick = await (ports.trace ?? UNTRACED).stage('tick', turn, turnFields);
      options.onTick?.(tick);
      return lookOf(tick);
    } finally {
      await ports.alerts.retry?.();
    }
  };
  const lastLookAt = async (): Promise<unknown> => {
    const stored = await ports.store.read(nameMemoryKey(policy.name));
    return (stored?.value as Partial<NameMemory> | null | undefined)?.updatedAt;
  };
  const tell = async (alert: Omit<Alert, 'severity' | 'instanceId'>): Promise<void> =>
    raiseOnce(nameKeyOf(policy), { severity: 'critical', instanceId: null, ...alert }, ports);
  return workUnderLease({
    ...options,
    leaseName: nameLease(policy.name),
    look,
    lastLookAt,
    onBlind: async (error) => {
      ports.calls?.addBlindLook(error.details.code);
      await (error.details.code === BUDGET_SPENT
        ? tellBudgetSpent(nameKeyOf(policy), error, ports)
        : tell(blindAlert(policy, error)));
    },
    onStoreDown: async (error) => tell(storeAlert(policy, error)),
  });
}

/** Nobody stays awake over records that cannot be read: the next timer asks again, and what was voted is remembered till then. */
const lookOf = ({ request, name, proposal }: NameTick): Look => ({
  tickId: request.tickId,
  startedAt: request.startedAt,
  isUnsteady: proposal.isUnsteady && name.records.kind !== 'missing',
  confirmingLooksMax: 0,
});

const blindAlert = (
  policy: NamePolicy,
  error: CloudError,
): Pick<Alert, 'key' | 'reason' | 'message'> => ({
  key: 'blind',
  reason: 'cloud-unreadable',
  message: `${policy.name}: ${error.message}. Nothing is changed until the name can be read again.`,
});

const storeAlert = (
  policy: NamePolicy,
  error: Error,
): Pick<Alert, 'key' | 'reason' | 'message'> => ({
  key: 'store',
  reason: 'store-unavailable',
  message: `${policy.name}: the state store cannot be reached (${error.message}). No record is changed without it.`,
});
