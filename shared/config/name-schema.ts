import { z } from 'zod';
import { type NamePolicy } from '../domain/failover/name-policy';
import { nameText, regionText } from './identifiers';
import { countField, durationField } from './notation';
import {
  approvalSchema,
  failbackSchema,
  nameCapacitySchema,
  practiceSchema,
  regionClaimField,
  velocitySchema,
  verdictSchema,
} from './name-timing-schema';
import { siteSchema } from './site-schema';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DOMAIN = /^(?=.{1,253}$)([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}$/;
const HOST = /^(@|[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?)$/;
const NO_HOST = 'must be a host part such as www, or @ in quotes for the domain itself';
const NO_LINES = 'must be every, or a list of lines such as [default, telecom]';

const lines = z
  .union(
    [
      z.literal('every'),
      z
        .array(z.string({ error: 'must be a line' }).regex(/^[\w-]{1,64}$/, { error: NO_LINES }))
        .min(1, { error: 'must name at least one line' }),
    ],
    { error: NO_LINES },
  )
  .prefault('every')
  .meta({
    description: 'Lines to look after; `every`: all that hold the address of a site.',
    why: 'a line that is left out keeps sending its users to a dead site',
  });

/** How a name is called, where it stands in DNS, and how it is watched. */
const identity = {
  name: nameText().meta({ description: 'What people and commands call it, unique in the file.' }),
  mode: z
    .enum(['observe', 'enforce'], { error: 'must be observe or enforce' })
    .default('observe')
    .meta({
      description: '`observe` writes nothing to DNS; `enforce` acts.',
      why: 'see what it would do first',
    }),
  watch: z
    .enum(['never', 'unsteady', 'always'], { error: 'must be never, unsteady or always' })
    .default('unsteady')
    .meta({
      description:
        'Whether the worker stays awake between wake-ups: never, while something is unsteady, or always.',
      why: 'costs almost nothing while all is well; from the first doubt on it looks all the time',
    }),
  watchInterval: durationField({ min: SECOND, max: 5 * MINUTE }, '10s', {
    description: 'Time from the start of one look to the next while the worker stays awake.',
    why: 'three attempts that time out still end within it, and a hold-down sees eighteen looks',
  }),
  domain: z
    .string({ error: 'must be a domain such as example.com' })
    .regex(DOMAIN, { error: 'must be a domain such as example.com' })
    .meta({ description: 'Domain as Alidns holds it.' }),
  host: z
    .string({ error: NO_HOST })
    .regex(HOST, { error: NO_HOST })
    .meta({ description: 'Host part of the record, `@` for the domain itself.' }),
  type: z
    .enum(['A', 'AAAA', 'CNAME'], { error: 'must be A, AAAA or CNAME' })
    .default('A')
    .meta({ description: 'Type of the records.', why: 'load balancers have an IPv4 address' }),
  lines,
  ttl: durationField({ min: SECOND, max: 24 * 60 * MINUTE }, '60s', {
    description:
      'TTL that the records should have, in whole seconds; the shortest that Alidns takes is 600 s, 600 s, 60 s or 1 s, by edition.',
    why: 'the shortest of the first edition that fails over in minutes',
  }),
  weighting: z.boolean({ error: 'must be true or false' }).default(false).meta({
    description: 'Use DNS weights: partial moves and a staged return need them.',
    why: 'switching weighting on changes every answer of the name, so somebody should say so',
  }),
  baseWeight: countField({ min: 1, max: 100 }, 100, {
    description:
      'Weight that every record of a line gets where Evenkeel switches weighting on, by doubling from 1; what a person weighted stays.',
    why: 'shares of a return are then exact to one in a hundred',
  }),
};

/** Who looks, and what follows from what is seen. */
const rules = {
  sites: z
    .array(siteSchema, { error: 'must be a list of sites' })
    .min(1, { error: 'must name at least one site' })
    .max(20, { error: 'must have at most 20 sites' })
    .meta({
      description: 'The addresses behind the name, best first: the order decides between equals.',
    }),
  vantages: z
    .array(regionText(), { error: 'must be a list of region ids' })
    .max(20, { error: 'must have at most 20 regions' })
    .meta({
      description:
        'Regions whose `probe` function looks at the sites: three or more, enough of them outside each site’s own.',
    }),
  outsideVoters: z
    .array(nameText(), { error: 'must be a list of names from failover.outsideVoters' })
    .max(10, { error: 'must have at most 10 voters' })
    .optional()
    .meta({
      description: 'Outside voters whose verdicts count here; left out: all of the section.',
    }),
  verdict: verdictSchema,
  holdDown: durationField({ min: SECOND, max: 24 * 60 * MINUTE }, '180s', {
    description: 'How long a site must be down without a break before its records are paused.',
    why: 'four times the 43 seconds that once split a database for a day; most breaks of networks are shorter',
  }),
  failback: failbackSchema,
  capacity: nameCapacitySchema,
  velocity: velocitySchema,
  regionClaim: regionClaimField,
  approval: approvalSchema,
  practice: practiceSchema,
};

/** One entry of `names`. */
export const nameSchema = z
  .strictObject({ ...identity, ...rules })
  .meta({ description: 'One public name and the sites behind it.' });

/** The policy of one name; the section says where its home is and whom it may hear. */
export const namePolicyOf = (
  written: z.output<typeof nameSchema>,
  section: { readonly homeRegionId: string; readonly voterNames: readonly string[] },
): NamePolicy => {
  const { watchInterval, ttl, vantages, outsideVoters, holdDown, regionClaim, ...same } = written;
  return {
    ...same,
    homeRegionId: section.homeRegionId,
    watchIntervalMs: watchInterval,
    ttlSeconds: Math.floor(ttl / SECOND),
    vantages: vantages.map((regionId) => ({ regionId })),
    outsideVoters: outsideVoters ?? section.voterNames,
    holdDownMs: holdDown,
    regionClaimMs: regionClaim,
  };
};
