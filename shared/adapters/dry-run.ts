import { type Target } from '../domain/target';
import { type Compute, type RunCommandRequest } from '../ports/compute';
import { type Fleet, type InstanceAnswer, type LaunchRequest } from '../ports/fleet';
import { type LoadBalancer, type Membership, type WeightChange } from '../ports/load-balancer';
import { type Ports } from '../ports/ports';

/** A write to the cloud that was not sent. */
type RecordedWrite =
  | {
      readonly kind: 'set-weights';
      readonly target: Target;
      readonly changes: readonly WeightChange[];
    }
  | {
      readonly kind: 'add-members';
      readonly target: Target;
      readonly additions: readonly WeightChange[];
    }
  | {
      readonly kind: 'remove-members';
      readonly target: Target;
      readonly memberships: readonly Membership[];
    }
  | { readonly kind: 'run-command'; readonly request: RunCommandRequest }
  | { readonly kind: 'reboot'; readonly instanceId: string; readonly force: boolean }
  | {
      readonly kind: 'tag';
      readonly instanceId: string;
      readonly tags: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'untag'; readonly instanceId: string; readonly keys: readonly string[] }
  | { readonly kind: 'launch'; readonly request: LaunchRequest }
  | { readonly kind: 'start' | 'stop'; readonly instanceIds: readonly string[] }
  | {
      readonly kind: 'remove';
      readonly instanceIds: readonly string[];
      readonly force: boolean;
    };

type Recorder = (write: RecordedWrite) => Promise<void>;

export interface DryRun {
  readonly ports: Ports;
  /** What would have been written so far, in order. */
  readonly written: readonly RecordedWrite[];
}

/**
 * The same ports, reading the real world and writing nothing to it: writes are recorded and answered as if done. `ports.writes`
 * says `recorded`, so that a step is reported as what would be done. The state store, archive and alerts are the real ones.
 */
export function dryRun(ports: Ports): DryRun {
  const written: RecordedWrite[] = [];
  const record: Recorder = (write) => {
    written.push(write);
    return Promise.resolve();
  };
  return {
    written,
    ports: {
      ...ports,
      writes: 'recorded',
      loadBalancer: recordedLoadBalancer(ports.loadBalancer, record),
      compute: recordedCompute(ports.compute, record),
      fleet: recordedFleet(ports.fleet, record),
    },
  };
}

function recordedLoadBalancer(loadBalancer: LoadBalancer, record: Recorder): LoadBalancer {
  return {
    describeShape: (...call) => loadBalancer.describeShape(...call),
    describeMembers: (...call) => loadBalancer.describeMembers(...call),
    describeHealth: (...call) => loadBalancer.describeHealth(...call),
    loadBalancersOf: (...call) => loadBalancer.loadBalancersOf(...call),
    describeGroups: (...call) => loadBalancer.describeGroups(...call),
    setWeights: async (target, changes) => {
      await record({ kind: 'set-weights', target, changes });
      return changes.map((change) => ({ ...change, state: 'as-wanted' }));
    },
    addMembers: async (target, additions) => {
      await record({ kind: 'add-members', target, additions });
      return additions.map((addition) => ({ ...addition, isAsWanted: true }));
    },
    removeMembers: async (target, memberships) => {
      await record({ kind: 'remove-members', target, memberships });
      return memberships.map((one) => ({ ...one, weight: null, isAsWanted: true }));
    },
  };
}

function recordedCompute(compute: Compute, record: Recorder): Compute {
  return {
    describeInstances: (...call) => compute.describeInstances(...call),
    describeEvents: (...call) => compute.describeEvents(...call),
    describeCommand: (...call) => compute.describeCommand(...call),
    runCommand: async (request) => {
      await record({ kind: 'run-command', request });
      return `recorded-${request.clientToken}`;
    },
    reboot: (instanceId, { force }) => record({ kind: 'reboot', instanceId, force }),
    tag: (instanceId, tags) => record({ kind: 'tag', instanceId, tags }),
    untag: (instanceId, keys) => record({ kind: 'untag', instanceId, keys }),
  };
}

const accepted = (instanceIds: readonly string[]): readonly InstanceAnswer[] =>
  instanceIds.map((instanceId) => ({ instanceId, kind: 'accepted' }));

function recordedFleet(fleet: Fleet, record: Recorder): Fleet {
  return {
    describeOwned: (...call) => fleet.describeOwned(...call),
    describeFailedLaunches: (...call) => fleet.describeFailedLaunches(...call),
    spotPrices: (...call) => fleet.spotPrices(...call),
    describeTemplate: (...call) => fleet.describeTemplate(...call),
    launch: async (request) => {
      await record({ kind: 'launch', request });
      const instanceIds = Array.from(
        { length: request.count },
        (_, index) => `recorded-${request.clientToken}-${index + 1}`,
      );
      return { kind: 'launched', instanceIds, contradiction: null };
    },
    start: async (instanceIds) => {
      await record({ kind: 'start', instanceIds });
      return accepted(instanceIds);
    },
    stopEconomically: async (instanceIds) => {
      await record({ kind: 'stop', instanceIds });
      return accepted(instanceIds);
    },
    remove: async (instanceIds, { force }) => {
      await record({ kind: 'remove', instanceIds, force });
      return accepted(instanceIds);
    },
  };
}
