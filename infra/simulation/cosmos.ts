import { type NamePorts } from '../../shared/ports/name-ports';
import { type Ports } from '../../shared/ports/ports';
import { type StateStore } from '../../shared/ports/state-store';
import { type AlidnsModel } from '../local/alidns/model';
import { type ManualClock } from '../local/clock';
import { type Chronicle } from './chronicle';
import { type Dice } from './dice';
import { type Phase, type WorldView } from './history';
import { type RegionWorld } from './region-world';
import { type Setting } from './setting';
import { type Traffic } from './traffic';
import { type Trouble } from './unreliable-rpc';

/** What a test puts in the place of the real thing, to see that its faults are found. Nothing of it is in the product. */
export interface Disguise {
  readonly store?: (store: StateStore) => StateStore;
  readonly ports?: (ports: Ports) => Ports;
  readonly namePorts?: (ports: NamePorts) => NamePorts;
}

/** What all parts of one universe share. */
export interface Cosmos {
  readonly setting: Setting;
  readonly clock: ManualClock;
  readonly dice: Dice;
  readonly chronicle: Chronicle;
  readonly view: WorldView;
  readonly regions: ReadonlyMap<string, RegionWorld>;
  readonly traffic: Traffic;
  readonly alidns: AlidnsModel;
  readonly disguise: Disguise;
  /** By region; the service of names has none. */
  readonly troubles: Map<string, readonly Trouble[]>;
  /** Regions from which nothing outside can be reached. */
  readonly cutVantages: Set<string>;
  phase: Phase;
  /** Calls a function of ours in a region and waits for its reply. */
  readonly invoke: (regionId: string, functionName: string, payload: unknown) => Promise<unknown>;
}
