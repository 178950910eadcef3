import { LOCAL_IMAGE } from '../../local/ecs/images';
import { type FaultKind } from '../fault-kinds';
import { type Inject, minutes } from './field';

/** Some or all of the machines in a zone are sold out for a while. */
const stockOut: Inject = (field, dice) => {
  const world = field.world(dice);
  const { stock } = world.region.ecs.supply;
  const zoneId = `${world.regionId}-${dice.pick(['a', 'b', 'c'])}`;
  const scope = dice.happens(300) ? {} : { zoneId };
  stock.set({ ...scope, available: dice.pick([0, 0, 1]) });
  field.tell('stock-out', world.regionId, scope.zoneId ?? 'everywhere');
  field.until(minutes(dice, 3, 20), () => stock.clear());
};

/** The cloud takes back its spot instances of one zone at once. */
const spotWave: Inject = (field, dice) => {
  const world = field.world(dice);
  const { ecs } = world.region;
  const zoneId = `${world.regionId}-${dice.pick(['a', 'b'])}`;
  const taken = ecs.all().filter((one) => one.isSpot && one.zoneId === zoneId);
  for (const { instanceId } of taken) ecs.reclaimSpot(instanceId);
  if (taken.length > 0) field.tell('spot-wave', world.regionId, zoneId);
};

/** Whatever is launched meanwhile never comes up. */
const badImage: Inject = (field, dice) => {
  const world = field.world(dice);
  const { images } = world.region.ecs.supply;
  images.add({ imageId: LOCAL_IMAGE, isBad: true });
  field.tell('bad-image', world.regionId, LOCAL_IMAGE);
  field.until(minutes(dice, 3, 15), () => images.add({ imageId: LOCAL_IMAGE }));
};

const zoneLoss: Inject = (field, dice) => {
  const world = field.world(dice);
  const zoneId = `${world.regionId}-${dice.pick(['a', 'b'])}`;
  const { stock } = world.region.ecs.supply;
  world.lostZones.add(zoneId);
  stock.set({ zoneId, available: 0 });
  field.tell('zone-loss', world.regionId, zoneId);
  field.until(minutes(dice, 4, 20), () => {
    world.lostZones.delete(zoneId);
    stock.clear();
  });
};

/** The region answers nobody: its functions die, its store and API are gone, its instances have no power. */
const regionLoss: Inject = (field, dice) => {
  const worlds = [...field.cosmos.regions.values()].filter(({ isDark }) => !isDark);
  if (worlds.length < field.cosmos.regions.size) return; // one at a time
  const world = dice.pick(worlds);
  const here = field.deployments.filter(({ regionId }) => regionId === world.regionId);
  world.isDark = true;
  void world.region.ecs.powerCut.begin();
  for (const deployment of here) {
    deployment.store.isDark = true;
    deployment.cut();
  }
  field.tell('region-loss', world.regionId, world.regionId);
  field.until(minutes(dice, 5, 30), () => {
    world.isDark = false;
    world.region.ecs.powerCut.end();
    for (const deployment of here) deployment.store.isDark = false;
  });
};

/** A vantage reaches nothing, or probes from inside the VPC do. */
const vantageCut: Inject = (field, dice) => {
  const { cosmos } = field;
  const world = dice.pick([...cosmos.regions.values()]);
  world.isProbingCut = true;
  cosmos.cutVantages.add(world.regionId);
  field.tell('vantage-cut', world.regionId, world.regionId);
  field.until(minutes(dice, 2, 12), () => {
    world.isProbingCut = false;
    cosmos.cutVantages.delete(world.regionId);
  });
};

const peak: Inject = (field, dice) => {
  const { pool, world } = field.place(dice);
  const until = field.now + minutes(dice, 5, 30);
  const factor = dice.between(1500, 3000);
  field.cosmos.traffic.peaks.push({ poolName: pool.wish.name, factor, until });
  field.tell('traffic-peak', world.regionId, pool.wish.name);
};

export const PLACE_FAULTS: Readonly<Partial<Record<FaultKind, Inject>>> = {
  'stock-out': stockOut,
  'spot-wave': spotWave,
  'bad-image': badImage,
  'zone-loss': zoneLoss,
  'region-loss': regionLoss,
  'vantage-cut': vantageCut,
  'traffic-peak': peak,
};
