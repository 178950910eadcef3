import { z } from 'zod';
import { type DeclaredFacts } from './fleet-policy';
import { LOAD_BALANCER_LIMITS } from './limits';
import { countField, durationField, durationText, portField } from './notation';

const SECOND = 1000;

const listener = z.strictObject({
  port: portField().meta({ description: 'Port of the listener.' }),
  protocol: z
    .enum(['tcp', 'udp', 'http', 'https'], { error: 'must be tcp, udp, http or https' })
    .meta({ description: 'Protocol of the listener.' }),
  healthCheck: z
    .strictObject({
      timeout: durationField({ min: SECOND, max: 300 * SECOND }, '5s', {
        description: 'Time limit of one check.',
        why: 'the load balancer’s own default',
      }),
      interval: durationField({ min: SECOND, max: 50 * SECOND }, '2s', {
        description: 'Time between checks.',
        why: 'the load balancer’s own default',
      }),
      unhealthyThreshold: countField({ min: 2, max: 10 }, 3, {
        description: 'Failed checks in a row.',
        why: 'the load balancer’s own default',
      }),
    })
    .transform((check) => ({
      timeoutMs: check.timeout,
      intervalMs: check.interval,
      unhealthyThreshold: check.unhealthyThreshold,
    }))
    .nullable()
    .prefault({})
    .meta({ description: 'Its health check; null when it has none.' }),
});

const quotas = z
  .strictObject({
    backendsPerLoadBalancer: countField(
      { min: 1, max: 10_000 },
      LOAD_BALANCER_LIMITS.backendsPerLoadBalancer,
      { description: 'Backends that one load balancer may have.', why: 'the vendor’s own default' },
    ),
    instances: z
      .int({ error: 'must be a whole number' })
      .min(0, { error: 'must not be negative' })
      .max(100_000, { error: 'must be at most 100000' })
      .nullable()
      .prefault(null)
      .meta({
        description: 'Instances of this pool that the account’s ECS quota leaves room for.',
        why: 'unknown: the quota is in vCPU and shared by the account',
      }),
  })
  .prefault({})
  .meta({ description: 'What the account may have; see Quota Center.' });

/** The `facts` section of a pool. */
export const factsSchema = z
  .strictObject({
    members: z
      .int({ error: 'must be a whole number' })
      .min(0, { error: 'must not be negative' })
      .max(2000, { error: 'must be at most 2000' })
      .nullable()
      .prefault(null)
      .meta({ description: 'Number of backends.', why: 'unknown until the cloud is asked' }),
    callsOwnLoadBalancer: z.boolean({ error: 'must be true or false' }).default(false).meta({
      description: 'The backends are also clients of this load balancer.',
      why: 'uncommon',
    }),
    latencyP99: durationText({ min: 1, max: 300 * SECOND })
      .nullable()
      .prefault(null)
      .meta({
        description: 'Latency that 99 of 100 requests stay below.',
        why: 'unknown until somebody says so',
      }),
    listeners: z
      .array(listener, { error: 'must be a list of listeners' })
      .max(50)
      .prefault([])
      .meta({
        description: 'Listeners that send traffic to the pool.',
        why: 'unknown until the cloud is asked',
      }),
    quotas,
  })
  .transform(({ latencyP99, ...rest }): DeclaredFacts => ({ ...rest, latencyP99Ms: latencyP99 }))
  .prefault({})
  .meta({
    description:
      'What lint and estimates should know without asking the cloud; nothing is decided on it.',
  });
