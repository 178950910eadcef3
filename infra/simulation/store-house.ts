import { MemoryStateStore } from '../../shared/adapters/memory/memory-state-store';
import { type Lease } from '../../shared/domain/tick';
import { type Millis, millis, plus } from '../../shared/domain/units';
import { type Clock } from '../../shared/ports/clock';
import { type StateStore, StoreUnavailable } from '../../shared/ports/state-store';
import { type Chronicle } from './chronicle';
import { type Dice } from './dice';
import { type StoreWrite } from './history';
import { type Life } from './life';

export interface StoreHouseOptions {
  readonly regionId: string;
  /** The store’s own time, which is the true one. */
  readonly clock: Clock;
  readonly chronicle: Chronicle;
  readonly dice: Dice;
  /** Time of one operation on average; 0 for none. */
  readonly storeMs: number;
  /** What a test puts in its place, to see that its faults are found. */
  readonly disguise?: (store: StateStore) => StateStore;
}

type Operation = keyof StateStore;
type Method = (...parameters: readonly unknown[]) => Promise<unknown>;

/** Shared readings of CloudMonitor: a cache that anybody may lose, and the bulk of all writes. */
const isCache = (key: unknown): boolean => String(key).startsWith('metrics/');

/** Which parameter says how long a lease lasts. */
const SPAN_AT: Readonly<Partial<Record<Operation, number>>> = { acquireLease: 2, renewLease: 1 };

/** The state store of one deployment: it may be slow, out of reach for a while, or lost with all that was in it. */
export class StoreHouse {
  /** Share of the operations that find nobody, in permille; half of them took effect all the same. */
  unreachableShare = 0;
  isDark = false;
  onUnreachable: () => void = () => undefined;
  private readonly options: StoreHouseOptions;
  private present: StateStore;

  constructor(options: StoreHouseOptions) {
    this.options = options;
    this.present = this.empty();
  }

  private empty(): StateStore {
    const store = new MemoryStateStore(this.options.clock);
    return this.options.disguise?.(store) ?? store;
  }

  /** Everything is gone, leases included. */
  lose(): void {
    this.present = this.empty();
    this.tell('', 'lost', { key: '', result: 'done' });
  }

  /** As the store itself sees it: no delay, no failure, for those who look on or meddle. */
  get inside(): StateStore {
    return this.present;
  }

  /** The store as one run of a function meets it. The end of a lease is told by the clock of its process, from before it was asked for. */
  facade(runId: string, life: Life, clock: Clock): StateStore {
    return new Proxy({} as StateStore, {
      get:
        (_, operation: Operation) =>
        async (...parameters: unknown[]) => {
          const askedAt = clock.now();
          const result = await life.step(async () => this.operate(runId, operation, parameters));
          const span = SPAN_AT[operation];
          if (span === undefined || result === null) return result;
          return { ...(result as Lease), expiresAt: plus(askedAt, parameters[span] as Millis) };
        },
    });
  }

  private async operate(
    runId: string,
    operation: Operation,
    parameters: readonly unknown[],
  ): Promise<unknown> {
    const { storeMs, dice, clock } = this.options;
    if (storeMs > 0) await clock.sleep(millis(Math.ceil(storeMs * (0.5 + dice.next()))));
    const isStruck = this.isDark || (this.unreachableShare > 0 && this.strikes());
    if (isStruck && (this.isDark || dice.happens(500))) throw unavailable();
    const present = this.present as unknown as Readonly<Record<Operation, Method>>;
    const result = await present[operation](...parameters);
    this.note(runId, operation, parameters, result);
    if (isStruck) throw unavailable();
    return result;
  }

  private strikes(): boolean {
    const isStruck = this.options.dice.happens(this.unreachableShare);
    if (isStruck) this.onUnreachable();
    return isStruck;
  }

  private note(
    runId: string,
    operation: string,
    [first, second, , fence]: readonly unknown[],
    result: unknown,
  ): void {
    switch (operation) {
      case 'acquireLease':
      case 'renewLease': {
        const lease = result as Lease | null;
        const key = operation === 'acquireLease' ? String(first) : (first as Lease).name;
        this.tell(runId, operation, { key, lease, result: lease ? 'granted' : 'refused' });
        return;
      }
      case 'releaseLease':
        this.tell(runId, operation, { key: (first as Lease).name, lease: first as Lease });
        return;
      case 'compareAndSet':
        if (isCache(first)) return;
        this.tell(runId, operation, {
          key: String(first),
          value: second,
          lease: (fence as Lease | undefined) ?? null,
          result: result as StoreWrite['result'],
        });
        return;
      case 'delete':
        this.tell(runId, operation, { key: String(first) });
        return;
      default:
    }
  }

  private tell(
    runId: string,
    operation: StoreWrite['operation'],
    parts: Pick<StoreWrite, 'key'> & Partial<StoreWrite>,
  ): void {
    const { clock, regionId, chronicle } = this.options;
    chronicle.tell({
      ...{ kind: 'store', at: clock.now(), regionId, runId, operation },
      ...{ lease: null, result: 'done', value: null },
      ...parts,
    });
  }
}

const unavailable = (): StoreUnavailable => new StoreUnavailable('the store does not answer');
