import { type InstanceFaults } from '../../local/contracts';
import { type FaultKind } from '../fault-kinds';
import { type Dice } from '../dice';
import { type LocalInstance } from '../../local/ecs/local-instance';
import { type RegionWorld } from '../region-world';
import { type Field, type Inject, minutes } from './field';

type Ailing = Partial<InstanceFaults>;

const SURVIVALS = ['nothing', 'nothing', 'restart', 'reboot'] as const;

const isThere = ({ region }: RegionWorld, instance: LocalInstance): boolean =>
  region.ecs.find(instance.instanceId) !== undefined &&
  region.ecs.demand(instance.instanceId) === instance;

const heal = (world: RegionWorld, instance: LocalInstance): void => {
  if (isThere(world, instance)) void world.region.ecs.clearFaults(instance.instanceId);
};

/** One backend ails for a while, unless somebody repairs it sooner. */
const ails =
  (kind: FaultKind, ailing: (dice: Dice) => Ailing): Inject =>
  (field, dice) => {
    const found = field.member(dice);
    if (found?.instance.status !== 'Running') return;
    const { world, instance } = found;
    const survives = dice.pick(SURVIVALS);
    void world.region.ecs.injectFaults(instance.instanceId, ailing(dice), survives);
    field.tell(kind, world.regionId, instance.instanceId);
    field.until(minutes(dice, 2, 30), () => heal(world, instance));
  };

/** Comes and goes every half a minute or so. */
const flaps: Inject = (field, dice) => {
  const found = field.member(dice);
  if (found?.instance.status !== 'Running') return;
  const { world, instance } = found;
  const endsAt = field.now + minutes(dice, 3, 15);
  field.tell('backend-flapping', world.regionId, instance.instanceId);
  flip(field, dice, { world, instance, endsAt, isDown: true });
};

interface Flap {
  readonly world: RegionWorld;
  readonly instance: LocalInstance;
  readonly endsAt: number;
  readonly isDown: boolean;
}

function flip(field: Field, dice: Dice, flap: Flap): void {
  const { world, instance, endsAt, isDown } = flap;
  if (!isThere(world, instance)) return;
  if (isDown) void world.region.ecs.injectFaults(instance.instanceId, { isCrashed: true });
  else heal(world, instance);
  if (field.now >= endsAt || field.cosmos.phase === 'calm') {
    heal(world, instance);
    return;
  }
  field.until(dice.between(10_000, 90_000), () => flip(field, dice, { ...flap, isDown: !isDown }));
}

/** Fails its clients and tells health checks that all is well. */
const lies: Inject = (field, dice) => {
  const found = field.member(dice);
  if (found?.instance.status !== 'Running') return;
  const { world, instance } = found;
  const { instanceId } = instance;
  const faults = { errorShare: dice.between(300, 1000), sparesHealthChecks: true };
  void world.region.ecs.injectFaults(instanceId, faults, dice.pick(SURVIVALS));
  world.liars.add(instanceId);
  field.tell('backend-lying', world.regionId, instanceId);
  field.until(minutes(dice, 3, 20), () => {
    world.liars.delete(instanceId);
    heal(world, instance);
  });
};

const reboots: Inject = (field, dice) => {
  const found = field.member(dice);
  if (found?.instance.status !== 'Running') return;
  found.world.region.ecs.failHost(found.instance.instanceId);
  field.tell('backend-rebooted', found.world.regionId, found.instance.instanceId);
};

const isAnnounced: Inject = (field, dice) => {
  const found = field.member(dice);
  if (found?.instance.status !== 'Running') return;
  const notBefore = field.now + minutes(dice, 4, 20);
  if (notBefore > field.cosmos.setting.calmAt) return;
  found.world.region.ecs.scheduleReboot(found.instance.instanceId, notBefore);
  field.tell('maintenance-announced', found.world.regionId, found.instance.instanceId);
};

export const BACKEND_FAULTS: Readonly<Partial<Record<FaultKind, Inject>>> = {
  'backend-crash': ails('backend-crash', () => ({ isCrashed: true })),
  'backend-hang': ails('backend-hang', () => ({ isHung: true })),
  'backend-errors': ails('backend-errors', (dice) => ({
    errorShare: dice.between(50, 1000),
    sparesHealthChecks: dice.happens(500),
  })),
  'backend-slow': ails('backend-slow', (dice) => ({
    latencyFactor: dice.between(1500, 20_000),
    sparesHealthChecks: true,
  })),
  'backend-flapping': flaps,
  'backend-lying': lies,
  'backend-rebooted': reboots,
  'maintenance-announced': isAnnounced,
};
