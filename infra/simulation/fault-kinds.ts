/** Everything that is done to a simulated world, and how often it was, so that an empty run cannot pass for a good one. */
export const FAULT_KINDS = [
  'event-lost',
  'event-late',
  'event-doubled',
  'event-reordered',
  'event-forged',
  'metrics-stale',
  'metrics-missing',
  'metrics-contradictory',
  'throttling',
  'timeout-before-effect',
  'timeout-after-effect',
  'api-outage',
  'api-refused',
  'worker-crash',
  'worker-timeout',
  'concurrent-worker',
  'store-lost',
  'store-unreachable',
  'store-tampered',
  'clock-step',
  'backend-crash',
  'backend-hang',
  'backend-errors',
  'backend-slow',
  'backend-flapping',
  'backend-lying',
  'backend-rebooted',
  'maintenance-announced',
  'stock-out',
  'spot-wave',
  'bad-image',
  'zone-loss',
  'region-loss',
  'vantage-cut',
  'person-weight',
  'person-tag',
  'person-instance',
  'person-record',
  'tool-weight',
  'tool-instance',
  'tool-record',
  'traffic-peak',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** How often each thing happened, in the order in which names are listed. */
export type Counts<Name extends string = string> = Readonly<Partial<Record<Name, number>>>;

/** Counts by name. */
export class Counter<Name extends string = string> {
  private readonly counts = new Map<Name, number>();

  add(name: Name, count = 1): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + count);
  }

  of(name: Name): number {
    return this.counts.get(name) ?? 0;
  }

  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** In alphabetical order. */
  all(): Counts<Name> {
    const entries = [...this.counts].sort(([one], [other]) => (one < other ? -1 : 1));
    return Object.fromEntries(entries) as Counts<Name>;
  }
}
