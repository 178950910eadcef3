import { type Act } from './act';
import { drain } from './acts/drain';
import { crash, everythingSick, gray, hang, spot } from './acts/faults';
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
];
