/** What ECS says of an instance. */
export type InstanceStatus =
  'Pending' | 'Starting' | 'Running' | 'Stopping' | 'Stopped' | 'Missing';

export interface InstanceFacts {
  readonly status: InstanceStatus;
  readonly instanceType: string;
  readonly zoneId: string;
  readonly cpuCount: number;
  readonly address: string;
  readonly isSpot: boolean;
  /** `Recycling` among them announces a spot reclaim. */
  readonly locks: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}
