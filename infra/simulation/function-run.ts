import { type FcContext, type FcHandler } from '../../shared/runtime/fc-context';
import { type Cosmos } from './cosmos';
import { type Dice } from './dice';
import { type WorkerRun } from './history';
import { type Fate, Life, UNDISTURBED } from './life';

export interface RunOptions {
  readonly cosmos: Cosmos;
  readonly regionId: string;
  readonly functionName: string;
  readonly runId: string;
  readonly payload: unknown;
  readonly timeoutMs: number;
  /** Made for this one run: its ports are its own. */
  readonly handlerFor: (run: FunctionRun) => FcHandler;
}

/** Steps within which a death or a standstill comes: more than most runs take. */
const STEPS = 120;

/** Steps within which a run hangs for good: nearly all runs take as many. */
const HANGING_STEPS = 20;

/** One invocation of one of our functions: it ends by itself, by its death, or by the platform’s clock. */
export class FunctionRun {
  readonly life: Life;
  readonly runId: string;
  readonly dice: Dice;
  private readonly options: RunOptions;
  private settle: (what: 'died' | 'timed-out') => void = () => undefined;

  constructor(options: RunOptions) {
    const { cosmos, runId } = options;
    this.options = options;
    this.runId = runId;
    this.dice = cosmos.dice.split(runId);
    const isWorker = options.functionName.startsWith('reconcile');
    const fate = isWorker && cosmos.phase === 'faults' ? this.drawFate() : UNDISTURBED;
    this.life = new Life(fate, {
      sleep: async (ms) => this.freeze(ms),
      onDeath: () => this.settle('died'),
    });
  }

  private drawFate(): Fate {
    const { deathShare, freezeShare } = this.options.cosmos.setting;
    const dice = this.dice.split('fate');
    const isDeadly = dice.happens(deathShare);
    const isFrozen = dice.happens(freezeShare);
    return {
      death: isDeadly ? { step: dice.between(1, STEPS), isBefore: dice.happens(500) } : null,
      freeze: isFrozen
        ? { step: dice.between(1, STEPS), forMs: dice.between(20_000, 90_000) }
        : this.drawHang(),
    };
  }

  /** It stands still until the platform ends it. */
  private drawHang(): Fate['freeze'] {
    const dice = this.dice.split('hang');
    return dice.happens(this.options.cosmos.setting.hangShare)
      ? { step: dice.between(1, HANGING_STEPS), forMs: this.options.timeoutMs }
      : null;
  }

  private async freeze(ms: number): Promise<void> {
    const { clock } = this.options.cosmos;
    if (ms < this.options.timeoutMs) this.fault('concurrent-worker');
    await new Promise<void>((resolve) => void clock.after(ms, resolve));
  }

  private fault(fault: 'worker-crash' | 'worker-timeout' | 'concurrent-worker'): void {
    const { cosmos, regionId, functionName } = this.options;
    const { clock, chronicle, view } = cosmos;
    const subject = `${functionName} ${this.runId}`;
    chronicle.tell({ kind: 'fault', at: clock.now(), fault, regionId, subject, world: view });
  }

  /** The region around it is gone. */
  cut(): void {
    if (this.life.isDead) return;
    this.life.end();
    this.settle('died');
  }

  /** Its reply. Rejects as the function does; undefined when it died or ran out of time. */
  async answer(): Promise<unknown> {
    const { cosmos, timeoutMs, payload, handlerFor } = this.options;
    const ended = new Promise<'died' | 'timed-out'>((resolve) => (this.settle = resolve));
    const cancel = cosmos.clock.after(timeoutMs, () => this.settle('timed-out'));
    this.tell('began');
    const bytes = Buffer.from(JSON.stringify(payload));
    try {
      const work = handlerFor(this)(bytes, this.context()).then((reply) => ({ reply }));
      const outcome = await Promise.race([work, ended]);
      if (typeof outcome === 'object') {
        this.tell('ended');
        return outcome.reply;
      }
      this.life.end();
      this.tell(outcome);
      this.fault(outcome === 'died' ? 'worker-crash' : 'worker-timeout');
      return undefined;
    } catch (error) {
      this.tell('failed');
      throw error;
    } finally {
      cancel();
    }
  }

  private context(): FcContext {
    const { functionName, regionId, timeoutMs } = this.options;
    const line = (text: string): void => {
      if (this.life.isDead) return;
      const { clock, chronicle } = this.options.cosmos;
      chronicle.tell({ kind: 'log', at: clock.now(), text });
    };
    return {
      requestId: this.runId,
      function: { name: functionName, timeout: timeoutMs / 1000, memory: 512 },
      region: regionId,
      accountId: '1234567890123456',
      logger: { info: line, warn: line, error: line },
    };
  }

  private tell(what: WorkerRun['what']): void {
    const { cosmos, regionId, runId, functionName, payload } = this.options;
    if (!functionName.startsWith('reconcile')) return;
    const { pools, names } = payload as { pools?: readonly string[]; names?: readonly string[] };
    const subjects = pools ?? names ?? [];
    cosmos.chronicle.tell({
      ...{ kind: 'run', at: cosmos.clock.now(), runId, regionId, subjects, what },
    });
  }
}
