import { type InstanceLifecycle } from './instance-lifecycle';
import { type LocalInstance } from './local-instance';

export interface PowerCutSettings {
  readonly lifecycle: Pick<InstanceLifecycle, 'boot' | 'cutPower'>;
  /** Every instance of the region. */
  readonly all: () => readonly LocalInstance[];
  /** What the cloud does for an instance whose host failed: the same id and address, booted anew. */
  readonly rebootElsewhere: (instance: LocalInstance) => void;
}

/** A region without power: all software is gone at once, and nobody hears of it before the power is back. */
export class PowerCut {
  private readonly settings: PowerCutSettings;
  private struck: readonly LocalInstance[] = [];

  constructor(settings: PowerCutSettings) {
    this.settings = settings;
  }

  /** Resolves when no instance runs any software. */
  async begin(): Promise<void> {
    const { all, lifecycle } = this.settings;
    this.struck = all().filter(({ status }) => status !== 'Stopping' && status !== 'Stopped');
    await Promise.all(this.struck.map(async (instance) => lifecycle.cutPower(instance)));
  }

  /** Who ran is rebooted, with the event that a failed host has; who was still coming up begins again. */
  end(): void {
    const { all, lifecycle, rebootElsewhere } = this.settings;
    const there = new Set(all());
    for (const instance of this.struck.filter((each) => there.has(each)))
      if (instance.status === 'Running') rebootElsewhere(instance);
      else lifecycle.boot(instance);
    this.struck = [];
  }
}
