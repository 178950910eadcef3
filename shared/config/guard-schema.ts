import { z } from 'zod';
import { type GuardPolicy, type OverloadPolicy } from '../domain/policy';
import { DEFAULT_OVERLOAD } from '../domain/overload';
import { countField, durationField, factorField, formatShare, shareField } from './notation';

const MINUTE = 60_000;
const instanceId = z
  .string({ error: 'must be an instance id' })
  .regex(/^[A-Za-z0-9][\w-]{0,63}$/, { error: 'must be an instance id such as i-bp1abc' });

const budget = z
  .strictObject({
    window: durationField({ min: MINUTE, max: 24 * 60 * MINUTE }, '5m', {
      description: 'The time over which changes are counted.',
      why: 'several ticks, one ejection',
    }),
    share: shareField('10%', {
      description: 'Changes that lower a weight, as a share of the pool; at least one is allowed.',
      why: 'peers change a tenth at a time',
    }),
    count: countField({ min: 1, max: 200 }, 20, {
      description: 'The same as a number; the smaller of the two holds.',
      why: 'one call of the load balancer’s API',
    }),
  })
  .transform(({ window, ...rest }) => ({ ...rest, windowMs: window }))
  .prefault({})
  .meta({
    description:
      'How much may be changed in a while; what the load balancer sees as dead costs nothing.',
  });

const overload = z
  .strictObject({
    slowdown: factorField({ min: 1.5, max: 100 }, DEFAULT_OVERLOAD.slowdown / 1000, {
      description:
        'A backend that takes this many times its best latency counts as slowed; a pool where half do is overloaded.',
      why: 'far beyond what the hours of a day make',
    }),
    cpu: shareField(formatShare(DEFAULT_OVERLOAD.cpuMax), {
      description: 'CPU that the others may reach by what they would take over.',
      why: 'near all of it requests queue, and the figures are a minute old',
    }),
    probesPerWindow: countField({ min: 1, max: 1000 }, DEFAULT_OVERLOAD.probesPerWindow, {
      description: 'Probes to one backend in one window while the pool is overloaded.',
      why: 'they tell who answers, and are no load themselves',
    }),
  })
  .transform(({ cpu, ...rest }): OverloadPolicy => ({ ...rest, cpuMax: cpu }))
  .prefault({})
  .meta({
    description:
      'When nobody is taken out or repaired on suspicion alone, because the others have no room for the work.',
  });

/** The `guards` section: what is never done, whatever the signals say. */
export const guardSchema = z
  .strictObject({
    floorCount: countField({ min: 1, max: 2000 }, 1, {
      description:
        'Serving backends that must remain, as a number; the larger of this and floorShare holds.',
      why: 'never the last one',
    }),
    floorShare: shareField('50%', {
      description: 'Serving backends that must remain, as a share of the pool.',
      why: 'the same share as panic',
    }),
    ejectedShareMax: shareField('10%', {
      description:
        'Backends that Evenkeel may hold ejected at once, as a share of the pool; at least one in pools of three or more, unless it is 0%.',
      why: 'proxies eject a tenth at most',
    }),
    ejectedCountMax: countField({ min: 1, max: 200 }, 20, {
      description: 'The same as a number; the smaller of the two holds.',
      why: 'one call of the load balancer’s API',
    }),
    budget,
    overload,
    repairShareMax: shareField('5%', {
      description: 'Restarts and reboots under way at once, as a share of the pool; at least one.',
      why: 'repair is riskier than ejection',
    }),
    inventoryDrop: shareField('50%', {
      description:
        'A pool that lost more of its members than this since the last tick is not touched.',
      why: 'a deployment or a wrong answer, not a fault to heal',
    }),
    refusedWait: durationField({ min: 1000, max: 60 * MINUTE }, '5m', {
      description:
        'How long a kind of write rests that the cloud refused for good (a permission, say); then one is tried.',
      why: 'twelve tries an hour are no storm',
    }),
    protectedInstances: z
      .array(instanceId, { error: 'must be a list of instance ids' })
      .max(2000)
      .default([])
      .meta({
        description: 'Instances that are never touched, besides those tagged `evenkeel:protected`.',
        why: 'nobody is special until somebody says so',
      }),
  })
  .transform(({ refusedWait, ...guards }): GuardPolicy => ({
    ...guards,
    refusedWaitMs: refusedWait,
  }))
  .prefault({})
  .meta({ description: 'What is never done, whatever the signals say.' });
