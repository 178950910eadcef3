/** When a run of a worker is disturbed, in steps that it takes outside itself. */
export interface Fate {
  /** It dies before or after its `step`-th step. */
  readonly death: { readonly step: number; readonly isBefore: boolean } | null;
  /** It stands still before its `step`-th step, as a frozen function instance does, and goes on as if nothing had been. */
  readonly freeze: { readonly step: number; readonly forMs: number } | null;
}

export const UNDISTURBED: Fate = { death: null, freeze: null };

const never = async (): Promise<never> => new Promise<never>(() => undefined);

/**
 * The life of one process. Everything it does to the world is a step; once it is dead, none of them takes place and none comes back, so
 * that nothing of it is left but what it had already done.
 */
export class Life {
  private readonly fate: Fate;
  private readonly sleep: (ms: number) => Promise<void>;
  private readonly onDeath: () => void;
  private steps = 0;
  private dead = false;

  constructor(fate: Fate, around: { sleep: (ms: number) => Promise<void>; onDeath: () => void }) {
    this.fate = fate;
    this.sleep = around.sleep;
    this.onDeath = around.onDeath;
  }

  get isDead(): boolean {
    return this.dead;
  }

  /** Ends it where it stands. */
  end(): void {
    this.dead = true;
  }

  /** One step; never comes back to the dead. */
  async step<T>(act: () => Promise<T>): Promise<T> {
    if (this.isDead) return never();
    this.steps += 1;
    const { steps } = this;
    await this.meetBefore(steps);
    if (this.hasEnded()) return never();
    try {
      const result = await act();
      if (this.fate.death?.step === steps) this.die();
      return this.hasEnded() ? await never() : result;
    } catch (error) {
      if (this.hasEnded()) return never();
      throw error;
    }
  }

  /** Asked again after each wait: it may have ended meanwhile. */
  private hasEnded(): boolean {
    return this.dead;
  }

  private async meetBefore(step: number): Promise<void> {
    const { death, freeze } = this.fate;
    if (freeze?.step === step) await this.sleep(freeze.forMs);
    if (death?.step === step && death.isBefore) this.die();
  }

  private die(): void {
    if (this.dead) return;
    this.dead = true;
    this.onDeath();
  }
}
