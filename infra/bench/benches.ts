import { type Bench } from './bench';
import { detectionBench } from './detection';
import { failoverBench } from './failover/failover';
import { fleetBench } from './fleet/fleet';
import { healBench } from './heal/heal';
import { judgeBench } from './judge';
import { scalingTimeBench } from './scaling-time/scaling-time';
import { simulatorBench } from './simulator/simulator';

/** Every benchmark by name, in the order in which the help lists them. */
export const benches: Readonly<Record<string, Bench>> = {
  detection: detectionBench,
  judge: judgeBench,
  heal: healBench,
  'scaling-time': scalingTimeBench,
  failover: failoverBench,
  fleet: fleetBench,
  simulator: simulatorBench,
};
