import { z } from 'zod';
import { alarmSchema } from './alarm-schema';
import { type PoolPolicy } from '../domain/policy';
import { DEFAULT_GROUP, type Target } from '../domain/target';
import { consoleSchema } from './console-schema';
import { customMetricSchema } from './custom-metric-schema';
import { factsSchema } from './facts-schema';
import { type FleetPolicy } from './fleet-policy';
import {
  alarmSecretSchema,
  archiveSchema,
  deploymentSchema,
  pricesSchema,
  storeSchema,
} from './fleet-schema';
import { guardSchema } from './guard-schema';
import { healSchema } from './heal-schema';
import { membershipSchema } from './membership-schema';
import { failoverSchema } from './failover-schema';
import { nameText, regionText } from './identifiers';
import { notificationSchema } from './notification-schema';
import { durationField, portField } from './notation';
import { scaleSchema } from './scale-schema';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

const target = z
  .strictObject({
    loadBalancer: z
      .string({ error: 'must be a load balancer id' })
      .regex(/^[A-Za-z0-9][\w-]{0,63}$/, { error: 'must be a load balancer id such as lb-bp1abc' })
      .meta({ description: 'Id of the load balancer.' }),
    serverGroup: z
      .string({ error: 'must be a server group id or default' })
      .regex(/^(default|rsp-[\w-]{1,60})$/, {
        error: 'must be `default` or a VServer group id such as rsp-abc',
      })
      .default(DEFAULT_GROUP)
      .meta({
        description: 'VServer group, or `default` for the load balancer’s own backends.',
        why: 'what a new load balancer has',
      }),
    port: portField().optional().meta({
      description: 'Narrows a VServer group that holds the same server on several ports.',
    }),
  })
  .transform((written): Target => ({
    loadBalancerId: written.loadBalancer,
    serverGroupId: written.serverGroup,
    ...(written.port === undefined ? {} : { port: written.port }),
  }))
  .meta({ description: 'One server group of one load balancer.' });

const pool = z.strictObject({
  name: nameText().meta({ description: 'Name of the pool, unique in the file.' }),
  region: regionText()
    .optional()
    .meta({ description: 'Region of the pool; left out: the region of the file.' }),
  mode: z
    .enum(['observe', 'enforce'], { error: 'must be observe or enforce' })
    .default('observe')
    .meta({
      description: '`observe` writes nothing to the cloud; `enforce` acts.',
      why: 'see what it would do first',
    }),
  watch: z
    .enum(['never', 'unsteady', 'always'], { error: 'must be never, unsteady or always' })
    .default('unsteady')
    .meta({
      description:
        'Whether the worker stays awake between wake-ups: never, while something is unsteady, or always. A fresh suspicion is looked into at once, whatever it says.',
      why: 'costs almost nothing while all is well',
    }),
  watchInterval: durationField({ min: SECOND, max: 5 * MINUTE }, '3s', {
    description: 'Time from the start of one tick to the next while the worker stays awake.',
    why: 'a probe window and a round of reads: a gray backend loses its weight within ten seconds',
  }),
  targets: z
    .array(target, { error: 'must be a list of targets' })
    .min(1, { error: 'must name at least one target' })
    .max(50, { error: 'must have at most 50 targets' })
    .meta({ description: 'The same instances behind one or more server groups.' }),
  placement: z
    .enum(['every-target', 'one-load-balancer'], {
      error: 'must be every-target or one-load-balancer',
    })
    .default('every-target')
    .meta({
      description:
        'Where newcomers go: behind `every-target`, or behind all targets of the emptiest `one-load-balancer`, for pools larger than a load balancer may be.',
      why: 'the same members everywhere is what most groups are',
    }),
  heal: healSchema,
  guards: guardSchema,
  scale: scaleSchema,
  membership: membershipSchema,
  facts: factsSchema,
});

const poolPolicyOf = (written: z.output<typeof pool>, regionId: string): PoolPolicy => ({
  name: written.name,
  regionId: written.region ?? regionId,
  mode: written.mode,
  watch: written.watch,
  watchIntervalMs: written.watchInterval,
  targets: written.targets,
  ...(written.placement === 'every-target' ? {} : { placement: written.placement }),
  heal: written.heal,
  guards: written.guards,
  ...(written.scale === null ? {} : { scale: written.scale }),
  ...(written.membership === null ? {} : { membership: written.membership }),
});

const file = z.strictObject({
  version: z.literal(1, { error: 'must be 1' }).meta({ description: 'Version of this format.' }),
  region: regionText().meta({ description: 'Region of the pools, unless a pool names its own.' }),
  store: storeSchema,
  archive: archiveSchema,
  alarmSecret: alarmSecretSchema,
  notifications: notificationSchema,
  customMetrics: customMetricSchema,
  console: consoleSchema,
  alarms: alarmSchema,
  deployment: deploymentSchema,
  prices: pricesSchema,
  pools: z
    .array(pool, { error: 'must be a list of pools' })
    .min(1, { error: 'must name at least one pool' })
    .max(200, { error: 'must have at most 200 pools' })
    .meta({ description: 'The pools to look after.' }),
  failover: failoverSchema,
});

const fleetPolicyOf = (written: z.output<typeof file>): FleetPolicy => ({
  version: written.version,
  regionId: written.region,
  store: written.store,
  archive: written.archive,
  alarmSecret: written.alarmSecret,
  notifications: written.notifications,
  customMetrics: written.customMetrics,
  console: written.console,
  alarms: written.alarms,
  deployment: written.deployment,
  prices: written.prices,
  pools: written.pools.map((one) => poolPolicyOf(one, written.region)),
  facts: Object.fromEntries(written.pools.map((one) => [one.name, one.facts])),
  names: written.failover?.names ?? [],
  failover: written.failover?.settings ?? null,
});

/** `evenkeel.yaml`: closed, every field described, every default with its reason. */
export const policySchema = file
  .transform(fleetPolicyOf)
  .meta({ title: 'evenkeel.yaml', description: 'Policy of Evenkeel.' });
