import { type FleetPolicy } from '../../shared/config/fleet-policy';
import { type CloudError } from '../../shared/domain/cloud-error';
import { classifyVendorError } from '../../shared/adapters/alicloud/error-table';
import { instant, millis } from '../../shared/domain/units';
import { type Clock } from '../../shared/ports/clock';
import { type FunctionInvoker } from '../../shared/ports/function-invoker';
import { type FcHandler } from '../../shared/runtime/fc-context';
import { type Cosmos } from './cosmos';
import { type Dice } from './dice';
import { type FaultKind } from './fault-kinds';
import { FunctionRun } from './function-run';
import { StoreHouse } from './store-house';

export interface DeploymentOptions {
  readonly cosmos: Cosmos;
  readonly regionId: string;
  readonly fleet: FleetPolicy;
  readonly policyHash: string;
  /** A function as the platform calls it, made anew for each run. Throws when there is none of that name. */
  readonly handlerOf: HandlerOf;
}

export type HandlerOf = (
  functionName: string,
  deployment: Deployment,
  run: FunctionRun,
) => FcHandler;

/** How deliveries of the platform stray for a while: shares in permille. */
export interface Straying {
  readonly kind: Extract<
    FaultKind,
    'event-lost' | 'event-late' | 'event-doubled' | 'event-reordered'
  >;
  readonly share: number;
  readonly until: number;
}

const WORKER_MS = 300_000;
const DOORBELL_MS = 10_000;
/** The queue drops what it could not deliver within this. */
const LATE_MS = 60_000;
const RETRY_MS = 2_000;

/** Our functions in one region, with their queue and their state store. */
export class Deployment {
  readonly regionId: string;
  readonly fleet: FleetPolicy;
  readonly policyHash: string;
  readonly store: StoreHouse;
  readonly cosmos: Cosmos;
  /** By how much the clocks of its instances are wrong. */
  skewMs = 0;
  straying: Straying[] = [];
  private readonly handlerOf: HandlerOf;
  private readonly dice: Dice;
  private readonly running = new Set<FunctionRun>();
  private runs = 0;
  /** An event that is waiting for the next one, to come after it. */
  private held: (() => void) | null = null;

  constructor({ cosmos, regionId, fleet, policyHash, handlerOf }: DeploymentOptions) {
    this.handlerOf = handlerOf;
    this.cosmos = cosmos;
    this.regionId = regionId;
    this.fleet = fleet;
    this.policyHash = policyHash;
    this.dice = cosmos.dice.split(`deployment ${regionId}`);
    this.store = new StoreHouse({
      ...{ regionId, chronicle: cosmos.chronicle, storeMs: cosmos.setting.storeMs },
      clock: this.trueClock,
      dice: this.dice.split('store'),
      ...(cosmos.disguise.store && { disguise: cosmos.disguise.store }),
    });
  }

  /** Time as it is. */
  readonly trueClock: Clock = {
    now: () => instant(this.cosmos.clock.now()),
    sleep: async (span) =>
      span <= 0
        ? undefined
        : new Promise<void>((resolve) => void this.cosmos.clock.after(span, () => resolve())),
  };

  get isDark(): boolean {
    return this.cosmos.regions.get(this.regionId)?.isDark ?? false;
  }

  /** The platform’s queue: takes a call and delivers it in its own time, usually once. */
  readonly invoker: FunctionInvoker = {
    enqueue: async (functionName, payload) => {
      await this.trueClock.sleep(millis(20));
      if (this.isDark) throw unreachable(functionName);
      this.deliver(() => void this.runQueued(functionName, payload, true));
    },
    call: async (functionName, payload) => this.run(functionName, payload),
  };

  /** Delivers now, or as the present straying has it. */
  deliver(deliver: () => void): void {
    const { clock, phase } = this.cosmos;
    const stray =
      phase === 'calm'
        ? undefined
        : this.straying.find(({ until, share }) => until > clock.now() && this.dice.happens(share));
    const waitMs = this.dice.between(20, 400);
    if (stray !== undefined) this.count(stray.kind);
    switch (stray?.kind) {
      case 'event-lost':
        return;
      case 'event-late':
        clock.after(this.dice.between(2_000, LATE_MS), deliver);
        return;
      case 'event-reordered':
        this.hold(deliver);
        return;
      case 'event-doubled':
        clock.after(waitMs + this.dice.between(0, 5_000), deliver);
        break;
      case undefined:
    }
    clock.after(waitMs, () => {
      deliver();
      this.held?.();
    });
  }

  /** Comes right after the next delivery, or in a while when there is none. */
  private hold(deliver: () => void): void {
    this.held?.();
    const release = (): void => {
      if (this.held === release) this.held = null;
      cancel();
      deliver();
    };
    const cancel = this.cosmos.clock.after(LATE_MS, release);
    this.held = release;
  }

  private count(fault: Straying['kind']): void {
    const { chronicle, clock, view } = this.cosmos;
    chronicle.tell({
      ...{ kind: 'fault', at: clock.now(), fault, regionId: this.regionId },
      ...{ subject: 'delivery', world: view },
    });
  }

  /** As the queue calls it: what fails is tried once more. */
  private async runQueued(
    functionName: string,
    payload: unknown,
    mayRetry: boolean,
  ): Promise<void> {
    try {
      await this.run(functionName, payload);
    } catch {
      if (mayRetry)
        this.cosmos.clock.after(RETRY_MS, () => void this.runQueued(functionName, payload, false));
    }
  }

  /** One invocation. Rejects as the function does; never comes back from a region that is dark. */
  async run(functionName: string, payload: unknown): Promise<unknown> {
    if (this.isDark) throw unreachable(functionName);
    this.runs += 1;
    const run = new FunctionRun({
      ...{ cosmos: this.cosmos, regionId: this.regionId, functionName, payload },
      runId: `${this.regionId}-${String(this.runs).padStart(6, '0')}`,
      timeoutMs: functionName.startsWith('reconcile') ? WORKER_MS : DOORBELL_MS,
      handlerFor: (own) => this.handlerOf(functionName, this, own),
    });
    this.running.add(run);
    try {
      return await run.answer();
    } finally {
      this.running.delete(run);
    }
  }

  /** Everything that runs here is gone at once. */
  cut(): void {
    for (const run of this.running) run.cut();
  }
}

const unreachable = (functionName: string): CloudError =>
  classifyVendorError({
    ...{ action: 'InvokeFunction', code: 'ConnectionFailed' },
    message: `${functionName} cannot be reached`,
  });
