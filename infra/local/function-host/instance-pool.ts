import { type LocalClock } from '../contracts';
import { type FunctionDefinition } from './function-definition';
import { type FunctionInstance } from './function-instance';
import { PlatformError } from './platform-error';

export interface InstancePoolOptions {
  readonly clock: LocalClock;
  /** Instances of all functions together. */
  readonly instanceQuota: number;
  /** New instances a second, once the burst is used up. */
  readonly deliveryPerSecond: number;
  readonly deliveryBurst: number;
  /** A frozen instance that nobody calls for this long is reclaimed. */
  readonly idleMs: number;
  readonly launch: (definition: FunctionDefinition) => FunctionInstance;
  /** Runs the preStop hook and ends the process. */
  readonly retire: (instance: FunctionInstance) => Promise<void>;
}

interface Idle {
  readonly instance: FunctionInstance;
  cancelReclaim(): void;
}

/** Which instance serves a request: a frozen one of the same function, else a new one within quota, else 429. */
export class InstancePool {
  private readonly options: InstancePoolOptions;
  private readonly idle: Idle[] = [];
  private readonly busy = new Set<FunctionInstance>();
  private readonly retiring = new Set<Promise<void>>();
  private deliveries: { tokens: number; at: number };

  constructor(options: InstancePoolOptions) {
    this.options = options;
    this.deliveries = { tokens: options.deliveryBurst, at: options.clock.now() };
  }

  /** Instances that exist now, frozen ones included. */
  get size(): number {
    return this.idle.length + this.busy.size;
  }

  acquire(definition: FunctionDefinition): FunctionInstance {
    this.refuseOverReservation(definition);
    const instance = this.takeIdle(definition) ?? this.launch(definition);
    this.busy.add(instance);
    return instance;
  }

  /** Gives an instance back after its request; a dead one is forgotten. */
  release(instance: FunctionInstance): void {
    this.busy.delete(instance);
    if (!instance.isAlive) return;
    const cancelReclaim = this.options.clock.after(this.options.idleMs, () =>
      this.reclaim(instance),
    );
    this.idle.push({ instance, cancelReclaim });
  }

  /** Ends the instances that serve a request of a function right now, as a fault of their host would. Gives their number. */
  crash(functionName: string): number {
    const serving = [...this.busy].filter(
      (instance) => instance.definition.functionName === functionName,
    );
    for (const instance of serving) instance.kill();
    return serving.length;
  }

  /** Retires every instance; those still serving are ended as well. */
  async stop(): Promise<void> {
    for (const { instance } of [...this.idle]) this.reclaim(instance);
    for (const instance of this.busy) instance.kill();
    await Promise.all([
      ...this.retiring,
      ...[...this.busy].map(async (instance) => instance.exited),
    ]);
  }

  private refuseOverReservation(definition: FunctionDefinition): void {
    if (definition.reservedConcurrency === null) return;
    const serving = [...this.busy].filter((instance) => instance.definition === definition).length;
    if (serving >= definition.reservedConcurrency)
      throw new PlatformError(429, 'ResourceThrottled', 'The reserved concurrency is used up.');
  }

  private takeIdle(definition: FunctionDefinition): FunctionInstance | undefined {
    const index = this.idle.findLastIndex(
      ({ instance }) => instance.definition === definition && instance.isAlive,
    );
    if (index < 0) return undefined;
    const [found] = this.idle.splice(index, 1);
    found?.cancelReclaim();
    return found?.instance;
  }

  private launch(definition: FunctionDefinition): FunctionInstance {
    if (this.size >= this.options.instanceQuota) this.makeRoom();
    this.takeDelivery();
    return this.options.launch(definition);
  }

  private makeRoom(): void {
    const oldest = this.idle[0];
    if (oldest === undefined)
      throw new PlatformError(429, 'ResourceExhausted', 'The quota of instances is used up.');
    this.reclaim(oldest.instance);
  }

  private takeDelivery(): void {
    const { clock, deliveryPerSecond, deliveryBurst } = this.options;
    const earned = ((clock.now() - this.deliveries.at) / 1000) * deliveryPerSecond;
    const tokens = Math.min(deliveryBurst, this.deliveries.tokens + earned);
    if (tokens < 1)
      throw new PlatformError(429, 'ResourceThrottled', 'Too many new instances a second.');
    this.deliveries = { tokens: tokens - 1, at: clock.now() };
  }

  private reclaim(instance: FunctionInstance): void {
    const index = this.idle.findIndex((idle) => idle.instance === instance);
    if (index < 0) return;
    this.idle.splice(index, 1)[0]?.cancelReclaim();
    const retired = this.options.retire(instance);
    this.retiring.add(retired);
    void retired.finally(() => this.retiring.delete(retired));
  }
}
