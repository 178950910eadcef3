import { type Act } from './act';
import { drain } from './acts/drain';
import { crash, everythingSick, gray, hang, spot } from './acts/faults';
import { regionLost, regionReturns, twoRegionsDead, vantagesLost } from './acts/regions';
import { lull, replace, soldOut, surge, warm } from './acts/scaling';
import { capacity, weights } from './acts/weights';

/** Every act, in the order of the tour; the defaults come first. */
export const ACTS: readonly Act[] = [
  weights,
  capacity,
  gray,
  crash,
  everythingSick,
  hang,
  spot,
  drain,
  surge,
  lull,
  soldOut,
  replace,
  warm,
  regionLost,
  regionReturns,
  vantagesLost,
  twoRegionsDead,
];
