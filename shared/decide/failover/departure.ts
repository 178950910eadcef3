import { type MoveMemory } from '../../domain/failover/name-memory';
import { type Forecast } from './forecast';
import { type LeaveCause } from './leave-cause';
import { type SiteView } from './scene';

/** A move of one site that is due, with what it would mean for the others. */
export interface Departure {
  readonly view: SiteView;
  readonly cause: LeaveCause;
  readonly move: MoveMemory;
  readonly forecast: Forecast;
}
