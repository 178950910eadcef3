import { type CommandProgress, type InstanceFacts, type SystemEvent } from '../domain/pool';
import { type Millis } from '../domain/units';
import { type CallOptions } from './load-balancer';

export interface RunCommandRequest {
  readonly instanceId: string;
  readonly command: string;
  readonly timeoutMs: Millis;
  /** The operation id, stored before the call: a repeat with the same token starts nothing new. */
  readonly clientToken: string;
}

/** ECS instances. All calls throw `CloudError`. Ids unknown to ECS are absent from replies, never an error. */
export interface Compute {
  describeInstances(
    instanceIds: readonly string[],
    options: CallOptions,
  ): Promise<ReadonlyMap<string, Omit<InstanceFacts, 'cpuCount'> & { readonly cpuCount: number }>>;
  /** Scheduled, inquiring and executing system events; instances without any are absent. */
  describeEvents(
    instanceIds: readonly string[],
    options: CallOptions,
  ): Promise<ReadonlyMap<string, readonly SystemEvent[]>>;
  /** Starts a shell command through Cloud Assistant on one instance. Returns the invocation id. */
  runCommand(request: RunCommandRequest, options: CallOptions): Promise<string>;
  describeCommand(
    invokeId: string,
    instanceId: string,
    options: CallOptions,
  ): Promise<CommandProgress>;
  /** Absolute only in effect: the caller holds the instance's lock and has stored the operation first. */
  reboot(
    instanceId: string,
    settings: { readonly force: boolean },
    options: CallOptions,
  ): Promise<void>;
  tag(
    instanceId: string,
    tags: Readonly<Record<string, string>>,
    options: CallOptions,
  ): Promise<void>;
  untag(instanceId: string, keys: readonly string[], options: CallOptions): Promise<void>;
}
