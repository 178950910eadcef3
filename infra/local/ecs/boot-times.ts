import { type TimeProfile } from '../contracts';

/** A time drawn evenly between two bounds, in milliseconds. */
export interface TimeRange {
  readonly minMs: number;
  readonly maxMs: number;
}

/** The stages of a boot, each measured from the end of the one before it. */
export interface BootTimes {
  /** Pending, before the machine starts. */
  readonly pending: TimeRange;
  /** Starting, until the status is Running. */
  readonly running: TimeRange;
  /** Running, until the guest is up: the first heartbeat of Cloud Assistant, and commands can run. */
  readonly guest: TimeRange;
  /** From then until the service answers. */
  readonly service: TimeRange;
  /** What the first boot alone takes on top, such as an installation by user data; none when left out. */
  readonly setUp?: TimeRange;
}

/**
 * What to expect of the cloud, which publishes no figures: 20 to 60 s until Running and 60 to 240 s until the application answers.
 * An assumption, for a region whose boots are to be as slow and as scattered as that.
 */
export const ASSUMED_BOOT_TIMES: BootTimes = {
  pending: { minMs: 1_000, maxMs: 5_000 },
  running: { minMs: 19_000, maxMs: 55_000 },
  guest: { minMs: 10_000, maxMs: 60_000 },
  service: { minMs: 30_000, maxMs: 120_000 },
};

/** Moments of one boot, in milliseconds from its start. */
export interface BootMoments {
  readonly runningMs: number;
  readonly guestMs: number;
  readonly serviceMs: number;
}

/** Where nothing is set: Running comes after this share of a boot, and the service answers at its end. */
const RUNNING_AT = 0.5;
const PENDING_SHARE = 0.1;

export interface BootSettings {
  readonly times: TimeProfile;
  readonly random: () => number;
  /** Without boot times: boots and reboots take the profile's time ± this share, in permille. */
  readonly bootSpread: number;
}

/** Draws how long each boot takes: from the times set, or from the profile's. */
export class BootPlan {
  /** Boots that begin from now on follow them; reboots keep to the profile. */
  times: BootTimes | undefined;
  private readonly settings: BootSettings;

  constructor(settings: BootSettings, times: BootTimes | undefined) {
    this.settings = settings;
    this.times = times;
  }

  pendingMs(): number {
    return this.times === undefined
      ? this.settings.times.instanceBootMs * PENDING_SHARE
      : this.draw(this.times.pending);
  }

  /** The shortest that a launch can be Pending. */
  leastPendingMs(): number {
    return this.times?.pending.minMs ?? this.settings.times.instanceBootMs * PENDING_SHARE;
  }

  boot(isFirst: boolean): BootMoments {
    if (this.times === undefined) return this.spread(this.settings.times.instanceBootMs);
    const runningMs = this.draw(this.times.running);
    const guestMs = runningMs + this.draw(this.times.guest);
    const setUpMs = isFirst && this.times.setUp !== undefined ? this.draw(this.times.setUp) : 0;
    return { runningMs, guestMs, serviceMs: guestMs + setUpMs + this.draw(this.times.service) };
  }

  reboot(): BootMoments {
    return this.spread(this.settings.times.instanceRebootMs);
  }

  private draw({ minMs, maxMs }: TimeRange): number {
    return Math.round(minMs + this.settings.random() * (maxMs - minMs));
  }

  private spread(ms: number): BootMoments {
    const { random, bootSpread } = this.settings;
    const serviceMs = Math.round(ms * (1 + ((2 * random() - 1) * bootSpread) / 1000));
    return { runningMs: serviceMs * RUNNING_AT, guestMs: serviceMs, serviceMs };
  }
}
