import { z } from 'zod';
import { DEFAULT_INVENTORY, DEFAULT_RETIRE, DEFAULT_WARM_POOL } from '../domain/scale-defaults';
import {
  type InventoryPolicy,
  type RetirePolicy,
  type VictimOrder,
  type WarmPoolPolicy,
} from '../domain/scale-policy';
import { countField, durationField, formatDuration } from './notation';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const ORDERS = [
  'zone-balance',
  'oldest-template',
  'fewest-connections',
  'billing',
  'newest',
  'oldest',
] as const satisfies readonly VictimOrder[];

/** The `retire` section. */
export const retireSchema = z
  .strictObject({
    order: z
      .array(z.enum(ORDERS, { error: `must be one of ${ORDERS.join(', ')}` }), {
        error: 'must be a list of criteria',
      })
      .default([...DEFAULT_RETIRE.order])
      .meta({
        description:
          'Who leaves first, criterion by criterion. Protected instances never do, unhealthy ones go before all others.',
        why: 'zones stay even, old templates go, few are disturbed, then cost',
      }),
    soft: durationField({ min: 0, max: HOUR }, formatDuration(DEFAULT_RETIRE.softMs), {
      description: 'From weight 0 until an instance may leave, if nothing says that it is busy.',
      why: 'what the vendor’s own autoscaler waits',
    }),
    hard: durationField({ min: 0, max: DAY }, formatDuration(DEFAULT_RETIRE.hardMs), {
      description:
        'From weight 0 until an instance leaves whatever is still open; such connections are counted and reported.',
      why: 'the usual deregistration delay, and the notice of a spot reclaim',
    }),
    idleConnections: countField({ min: 0, max: 100_000 }, DEFAULT_RETIRE.idleConnections, {
      description: 'Connections up to which an instance counts as idle, where they are known.',
      why: 'agents, health checks and a login keep a few open',
    }),
  })
  .transform(({ soft, hard, ...rest }): RetirePolicy => ({ ...rest, softMs: soft, hardMs: hard }))
  .prefault({})
  .meta({ description: 'Who leaves, and how long it is waited for.' });

/** The `warmPool` section. */
export const warmPoolSchema = z
  .strictObject({
    size: countField({ min: 0, max: 2000 }, DEFAULT_WARM_POOL.size, {
      description:
        'Economically stopped instances kept ready, besides those that serve; 0 deletes what leaves.',
      why: 'they cost their disks, so they are asked for',
    }),
  })
  .transform((warmPool): WarmPoolPolicy => warmPool)
  .prefault({})
  .meta({ description: 'Stopped instances that start faster than new ones are launched.' });

/** The `inventory` section. */
export const inventorySchema = z
  .strictObject({
    strays: z
      .enum(['leave', 'adopt'], { error: 'must be leave or adopt' })
      .default(DEFAULT_INVENTORY.strays)
      .meta({
        description:
          'Members without the pool’s tag: `leave` them alone, or `adopt` them; what is adopted may be removed later.',
        why: 'only what carries the tag is ours',
      }),
    orphan: durationField(
      { min: MINUTE, max: 7 * DAY },
      formatDuration(DEFAULT_INVENTORY.orphanMs),
      {
        description:
          'Time between the two sightings that call an instance an orphan, at least one boot time.',
        why: 'what is only slow has come up by then',
      },
    ),
  })
  .transform(({ strays, orphan }): InventoryPolicy => ({ strays, orphanMs: orphan }))
  .prefault({})
  .meta({ description: 'What is done about instances and members that do not match.' });
