import { z } from 'zod';
import { DEFAULT_LAUNCH } from '../domain/scale-defaults';
import { type LaunchOption, type LaunchPolicy } from '../domain/scale-policy';
import {
  countField,
  durationField,
  formatDuration,
  formatShare,
  shareField,
  wholeNumber,
} from './notation';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const PRESET = DEFAULT_LAUNCH;

const NO_TEMPLATE = 'must be a launch template id such as lt-bp1abc';
const NO_ZONE = 'must be a zone id such as cn-hangzhou-h';
const NO_VSWITCH = 'must be a vSwitch id such as vsw-bp1abc';
const NO_TYPE = 'must be an instance type such as ecs.c7.large';
const NO_PRICE = 'must be a price above 0 with at most three decimals';

const id = (pattern: RegExp, error: string): z.ZodString =>
  z.string({ error }).regex(pattern, { error });

const option = z
  .strictObject({
    name: z
      .string({ error: 'must be a name' })
      .min(1, { error: 'must not be empty' })
      .max(80, { error: 'must have at most 80 characters' })
      .optional()
      .meta({
        description:
          'What explanations call it; unique within the pool. Left out: zone, type and charge type.',
      }),
    zone: id(/^[a-z]{2}-[a-z0-9-]{1,40}$/, NO_ZONE).meta({
      description: 'Zone of the instances; overrides the template’s.',
    }),
    vSwitch: id(/^vsw-[a-z0-9-]{1,60}$/, NO_VSWITCH)
      .nullable()
      .prefault(null)
      .meta({
        description: 'vSwitch in that zone; null takes the template’s.',
        why: 'a template for one zone names it already',
      }),
    instanceType: id(/^ecs\.[a-z0-9.-]{3,60}$/, NO_TYPE).meta({
      description: 'Instance type; overrides the template’s.',
    }),
    chargeType: z
      .enum(['pay-as-you-go', 'spot'], { error: 'must be pay-as-you-go or spot' })
      .default('pay-as-you-go')
      .meta({
        description: 'How the instance is paid for; spot may be reclaimed at five minutes’ notice.',
        why: 'spot is asked for, never assumed',
      }),
    spotPriceMax: z
      .number({ error: NO_PRICE })
      .positive({ error: NO_PRICE })
      .max(1_000_000, { error: NO_PRICE })
      .multipleOf(0.001, { error: NO_PRICE })
      .nullable()
      .prefault(null)
      .meta({
        description:
          'Highest price an hour for spot, in the account’s currency; null follows the market.',
        why: 'who follows the market is reclaimed least often',
      }),
    weight: wholeNumber({ min: 0, max: 1000 }).nullable().prefault(null).meta({
      description:
        'Share of the instances that this option should have, against the others’ weights; 0 is a fallback only, null everywhere tries them in order.',
      why: 'the order of the list says which is best',
    }),
  })
  .transform(({ name, zone, vSwitch, spotPriceMax, ...rest }): LaunchOption => ({
    ...rest,
    name: name ?? `${zone}/${rest.instanceType}/${rest.chargeType}`,
    zoneId: zone,
    vSwitchId: vSwitch,
    spotPriceMax: spotPriceMax === null ? null : Math.round(spotPriceMax * 1000),
  }));

const backOff = z
  .strictObject({
    base: durationField({ min: MINUTE, max: DAY }, formatDuration(PRESET.backOff.baseMs), {
      description:
        'How long an option is left alone after a first failure; each further one doubles it. Never shorter than `provisionTimeout`.',
      why: 'stock seldom returns within minutes',
    }),
    max: durationField({ min: MINUTE, max: DAY }, formatDuration(PRESET.backOff.maxMs), {
      description: 'Longest back-off.',
      why: 'stock that returns is found within half an hour',
    }),
    reset: durationField({ min: MINUTE, max: 7 * DAY }, formatDuration(PRESET.backOff.resetMs), {
      description: 'Time without failure after which earlier ones are forgotten.',
      why: 'several times the longest back-off',
    }),
  })
  .transform(({ base, max, reset }) => ({ baseMs: base, maxMs: max, resetMs: reset }))
  .prefault({})
  .meta({
    description:
      'How long a way to launch is left alone after it failed: by region, zone, type and charge type.',
  });

const breaker = z
  .strictObject({
    failures: countField({ min: 1, max: 100 }, PRESET.breaker.failures, {
      description: 'Launches in a row that came to nothing and stop further ones.',
      why: 'a wrong image fails every time; one zone’s trouble does not fail five options',
    }),
    open: durationField({ min: MINUTE, max: DAY }, formatDuration(PRESET.breaker.openMs), {
      description: 'How long launching then stays stopped.',
      why: 'long enough to save money and quota, short enough to recover by itself',
    }),
  })
  .transform(({ failures, open }) => ({ failures, openMs: open }))
  .prefault({})
  .meta({ description: 'Stops launching into failure.' });

const timing = {
  visibility: durationField({ min: SECOND, max: HOUR }, formatDuration(PRESET.visibilityMs), {
    description:
      'How long a launched instance may be missing from the cloud’s own list; as long nothing is done after the memory was lost.',
    why: 'UNCONFIRMED: the delay of the list is not published',
  }),
  provisionTimeout: durationField(
    { min: MINUTE, max: DAY },
    formatDuration(PRESET.provisionTimeoutMs),
    {
      description: 'Time from the launch until the instance must be running.',
      why: 'ECS takes one or two minutes (UNCONFIRMED); this leaves room for a slow day',
    },
  ),
  registrationTimeout: durationField(
    { min: MINUTE, max: DAY },
    formatDuration(PRESET.registrationTimeoutMs),
    {
      description:
        'Time from the launch until the service must answer and the instance be registered; afterwards it goes into quarantine.',
      why: 'boot, installation and warm caches of slow services',
    },
  ),
  quarantine: durationField({ min: 0, max: 7 * DAY }, formatDuration(PRESET.quarantineMs), {
    description: 'How long an instance that never registered is kept before it is deleted.',
    why: 'time for a person to look at it',
  }),
  tokenValidity: durationField({ min: MINUTE, max: DAY }, formatDuration(PRESET.tokenValidityMs), {
    description:
      'How long a launch whose answer was lost is asked for again with the same client token; afterwards it is given up.',
    why: 'UNCONFIRMED: how long tokens are remembered is not published; minutes are safe, a day may not be',
  }),
};

/** The `launch` section. */
export const launchSchema = z
  .strictObject({
    template: id(/^lt-[a-z0-9]{1,60}$/, NO_TEMPLATE).meta({
      description: 'Launch template: image, security group, start-up script, disks.',
    }),
    templateVersion: wholeNumber({ min: 1, max: 1_000_000 }).nullable().prefault(null).meta({
      description: 'Version of the template; null takes its default version.',
      why: 'a new version is rolled out by making it the default',
    }),
    options: z
      .array(option, { error: 'must be a list of options' })
      .min(1, { error: 'must name at least one zone and instance type' })
      .max(100, { error: 'must have at most 100 options' })
      .meta({
        description:
          'Ways to get an instance, best first. What is out of stock is skipped in the same tick.',
      }),
    spotShareMax: shareField(formatShare(PRESET.spotShareMax), {
      description: 'Share of the instances that may be spot.',
      why: 'a reclaim hits one type in one zone at once; the rest must outlive it',
    }),
    batchMax: countField({ min: 1, max: 1000 }, PRESET.batchMax, {
      description: 'Instances asked for in one tick at most; one call brings 100.',
      why: 'a storm of launches breaks provisioning itself',
    }),
    ...timing,
    backOff,
    breaker,
    replaceSurge: countField({ min: 0, max: 100 }, PRESET.replaceSurge, {
      description: 'Instances above `max` while unhealthy ones are being replaced.',
      why: 'the replacement comes first, one at a time',
    }),
  })
  .transform(
    ({
      template,
      visibility,
      provisionTimeout,
      registrationTimeout,
      quarantine,
      tokenValidity,
      ...rest
    }): LaunchPolicy => ({
      ...rest,
      templateId: template,
      visibilityMs: visibility,
      provisionTimeoutMs: provisionTimeout,
      registrationTimeoutMs: registrationTimeout,
      quarantineMs: quarantine,
      tokenValidityMs: tokenValidity,
    }),
  )
  .meta({ description: 'How instances are launched.' });
