import { policySchema } from '../../../shared/config/schema';
import { type FleetPolicy } from '../../../shared/config/fleet-policy';
import { type ScalePolicy } from '../../../shared/domain/scale-policy';

export type Written = Readonly<Record<string, unknown>>;

/** One pay-as-you-go way to launch; what differs is given. */
export const option = (different: Written = {}): Written => ({
  zone: 'cn-hangzhou-h',
  instanceType: 'ecs.c7.large',
  ...different,
});

/** A `launch` section with what must be there. */
export const launch = (different: Written = {}): Written => ({
  template: 'lt-bp1web',
  options: [option()],
  ...different,
});

/** A `scale` section that lint has nothing against but the dead band. */
export const scale = (different: Written = {}): Written => ({
  min: 2,
  max: 10,
  metrics: [{ signal: 'cpu', target: '60%' }],
  launch: launch(),
  ...different,
});

/** A policy of one pool, written as in the file. */
export const fleetOf = (pool: Written = {}): FleetPolicy =>
  policySchema.parse({
    version: 1,
    region: 'cn-hangzhou',
    alarmSecret: { current: 'env:SECRET' },
    pools: [{ name: 'web', targets: [{ loadBalancer: 'lb-1' }], ...pool }],
  });

/** The same with a `scale` section. */
export const scaled = (different: Written = {}, pool: Written = {}): FleetPolicy =>
  fleetOf({ scale: scale(different), ...pool });

/** What the `scale` section of such a file becomes. */
export function scalePolicy(different: Written = {}): ScalePolicy {
  const [pool] = scaled(different).pools;
  if (pool?.scale === undefined) throw new Error('expected a scaled pool');
  return pool.scale;
}
