import { type SignalName } from './proposal';

/** Where a signal comes from, how late it is and what asking costs; the reference is generated from here. */
export interface SignalDescription {
  /** The call or channel that brings it. */
  readonly source: string;
  readonly delay: string;
  readonly cost: string;
  /** `decisive` alone allows weight-down, two different fresh suspicions together do. */
  readonly strength: 'decisive' | 'suspicion';
}

export const SIGNALS: Readonly<Record<SignalName, SignalDescription>> = {
  'load-balancer-health': {
    source: 'CLB DescribeHealthStatus, one row per listener and backend',
    delay:
      'timeout × threshold + interval × (threshold − 1) of the listener’s check: 19 s by default; then at once',
    cost: 'one call per load balancer and tick; quota assumed 3,000 a minute (UNCONFIRMED)',
    strength: 'decisive',
  },
  'instance-status': {
    source: 'ECS DescribeInstances, 100 instances a call',
    delay: 'seconds; times have minute precision',
    cost: 'one call per 100 instances; an awake worker asks at half the freshness limit',
    strength: 'decisive',
  },
  'system-event': {
    source:
      'ECS system events (DescribeInstancesFullStatus), spot locks (Recycling), and the same pushed to on-event',
    delay:
      'pushed within seconds; spot reclaim about 5 minutes ahead, maintenance 24 to 48 hours ahead',
    cost: 'one call per 100 instances, beside the instance status',
    strength: 'decisive',
  },
  'active-probe-errors': {
    source: 'HTTP probes from the worker inside the VPC on the policy’s path',
    delay: 'one window; a verdict needs as many disjoint ones as confirmations says',
    cost: 'no API calls; perWindow requests to each backend, at most budgetPerWindow in all',
    strength: 'suspicion',
  },
  'active-probe-latency': {
    source: 'the same probes: median latency of a window against the peers’',
    delay: 'as active-probe-errors',
    cost: 'none besides',
    strength: 'suspicion',
  },
  'request-errors': {
    source: 'request statistics of a proxy or of access logs, through a port of the user’s own',
    delay: 'as that source has it',
    cost: 'as that source has it',
    strength: 'suspicion',
  },
  'request-latency': {
    source: 'the same request statistics',
    delay: 'as that source has it',
    cost: 'none besides',
    strength: 'suspicion',
  },
  'instance-cpu': {
    source:
      'CloudMonitor DescribeMetricLast, acs_ecs_dashboard CPUUtilization, 50 instances a call',
    delay: 'one-minute points, one to five minutes late',
    cost: 'one call per 50 instances a minute, of a million free calls a month for the whole account (23 a minute)',
    strength: 'suspicion',
  },
  'operator-order': {
    source: 'a person: evenkeel drain, kept in the store and as a tag on the instance',
    delay: 'next tick; the order wakes the worker',
    cost: 'none',
    strength: 'decisive',
  },
  retirement: {
    source: 'the tag that says on an instance that it is on its way out of a scaled pool',
    delay: 'none: read with the instances in every tick',
    cost: 'none besides',
    strength: 'decisive',
  },
};
