import { type RunCommandRequest } from '../ports/compute';
import { type WeightChange } from '../ports/load-balancer';
import { type Target } from '../domain/target';
import { type Ports } from '../ports/ports';

/** A write to the cloud that was not sent. */
type RecordedWrite =
  | {
      readonly kind: 'set-weights';
      readonly target: Target;
      readonly changes: readonly WeightChange[];
    }
  | { readonly kind: 'run-command'; readonly request: RunCommandRequest }
  | { readonly kind: 'reboot'; readonly instanceId: string; readonly force: boolean }
  | {
      readonly kind: 'tag';
      readonly instanceId: string;
      readonly tags: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'untag'; readonly instanceId: string; readonly keys: readonly string[] };

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
  const { loadBalancer, compute } = ports;
  const record = (write: RecordedWrite): Promise<void> => {
    written.push(write);
    return Promise.resolve();
  };
  return {
    written,
    ports: {
      ...ports,
      writes: 'recorded',
      loadBalancer: {
        describeShape: (...call) => loadBalancer.describeShape(...call),
        describeMembers: (...call) => loadBalancer.describeMembers(...call),
        describeHealth: (...call) => loadBalancer.describeHealth(...call),
        loadBalancersOf: (...call) => loadBalancer.loadBalancersOf(...call),
        describeGroups: (...call) => loadBalancer.describeGroups(...call),
        setWeights: async (target, changes) => {
          await record({ kind: 'set-weights', target, changes });
          return changes.map((change) => ({ ...change, state: 'as-wanted' }));
        },
      },
      compute: {
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
      },
    },
  };
}
