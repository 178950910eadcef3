import { randomBytes } from 'node:crypto';
import { type FleetPolicy } from '../../shared/config/fleet-policy';
import { type AlarmSetup, type AlarmTarget } from '../../shared/ports/alarm-setup';
import { type CallOptions } from '../../shared/ports/load-balancer';
import { chooseSecret, type ChosenSecret } from './alarm-secret';
import { applySetup, readSetup } from './apply-setup';
import { isChange, planRemoval, planSetup, type PlannedItem } from './plan-setup';
import { type SetupItem } from './setup-item';
import { wantedSetup } from './wanted-setup';
import { poolsHere } from '../../shared/wake/pools-here';

/** What setting up needs of the world. */
export interface InstallContext {
  readonly fleet: FleetPolicy;
  readonly setupIn: (regionId: string) => AlarmSetup;
  readonly accountId: string | null;
  /** Service of an FC 2.0 deployment; null for 3.0. */
  readonly service: string | null;
  /** Name of the function that takes events. */
  readonly eventFunction: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Fresh for each round of calls. */
  readonly callOptions: () => CallOptions;
}

/** What would be done, and with which secret; null where no rule carries one. */
export interface InstallPlan {
  readonly items: readonly PlannedItem[];
  readonly secret: ChosenSecret | null;
}

/** 32 letters of 6 bits each. */
const newSecret = (): string => randomBytes(24).toString('base64url');

interface LiveRegion {
  readonly regionId: string;
  readonly items: readonly SetupItem[];
}

const regionsOf = (fleet: FleetPolicy): readonly string[] =>
  [...new Set([fleet.regionId, ...poolsHere(fleet).map(({ regionId }) => regionId)])].sort();

async function readLive({
  fleet,
  setupIn,
  callOptions,
}: InstallContext): Promise<readonly LiveRegion[]> {
  const live: LiveRegion[] = [];
  for (const regionId of regionsOf(fleet)) {
    const place = { deployment: fleet.deployment.name, isHome: regionId === fleet.regionId };
    live.push({ regionId, items: await readSetup(setupIn(regionId), place, callOptions()) });
  }
  return live;
}

const itemsIn = (regions: readonly LiveRegion[], regionId: string): readonly SetupItem[] =>
  regions.find((region) => region.regionId === regionId)?.items ?? [];

function secretFor(
  { fleet, variables }: InstallContext,
  live: readonly LiveRegion[],
): ChosenSecret | null {
  const { alarmSecret, alarms } = fleet;
  if (alarms.callback === null || alarmSecret === null) return null;
  const items = live.flatMap((region) => region.items);
  return chooseSecret(alarmSecret, variables, { callback: alarms.callback, items, newSecret });
}

function ringIn(
  { fleet, service, eventFunction }: InstallContext,
  chosen: ChosenSecret | null,
): (regionId: string) => AlarmTarget {
  const { callback } = fleet.alarms;
  if (callback === null || chosen === null)
    return () => ({
      kind: 'function',
      regionId: fleet.regionId,
      service,
      functionName: eventFunction,
    });
  const url = `${callback}/${encodeURIComponent(chosen.secret.reveal())}`;
  return () => ({ kind: 'webhook', url });
}

/** Reads what is there and compares it with the policy; changes nothing. Throws `CloudError`. */
export async function planInstall(context: InstallContext): Promise<InstallPlan> {
  const { fleet, accountId } = context;
  const live = await readLive(context);
  const secret = secretFor(context, live);
  const wanted = wantedSetup(fleet, { accountId, ring: ringIn(context, secret) });
  const deployment = fleet.deployment.name;
  const items = wanted.flatMap(({ regionId, items: own }) =>
    planSetup(own, itemsIn(live, regionId), { regionId, deployment }),
  );
  return { items, secret };
}

/** What `install` made in the policy's regions, to be taken away again. Throws `CloudError`. */
export async function planUninstall(context: InstallContext): Promise<readonly PlannedItem[]> {
  const deployment = context.fleet.deployment.name;
  return (await readLive(context)).flatMap(({ regionId, items }) =>
    planRemoval(items, { regionId, deployment }),
  );
}

/** Carries a plan out, telling before each step. Throws `CloudError`; what was done until then stays. */
export async function carryOut(
  planned: readonly PlannedItem[],
  { setupIn, callOptions }: InstallContext,
  tell: (item: PlannedItem) => void,
): Promise<void> {
  for (const one of planned.filter(isChange)) {
    tell(one);
    await applySetup(setupIn(one.regionId), [one], callOptions());
  }
}
