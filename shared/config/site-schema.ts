import { z } from 'zod';
import { type SiteCheck, type SitePolicy } from '../domain/failover/name-policy';
import { nameText, regionText } from './identifiers';
import { countField, durationField, portField, wholeNumber } from './notation';

const SECOND = 1000;
const NO_ADDRESS = 'must be an IP address, or a host name such as shop.example.com for a CNAME';
const NO_PATH = 'must be an HTTP path that begins with /, at most 256 characters';

/** Ports where the protocol has one of its own. */
const USUAL_PORTS: Readonly<Record<SiteCheck['protocol'], number | null>> = {
  http: 80,
  https: 443,
  tls: 443,
  tcp: null,
};

const status = z
  .strictObject({
    min: wholeNumber({ min: 100, max: 599 })
      .default(200)
      .meta({ description: 'Lowest status that counts as an answer.', why: 'the first success' }),
    max: wholeNumber({ min: 100, max: 599 }).default(499).meta({
      description: 'Highest status that counts as an answer.',
      why: 'a refusal comes from a site that lives; from 500 on it says itself that it does not',
    }),
  })
  .prefault({})
  .meta({ description: 'Statuses that count as an answer; http and https only.' });

const writtenCheck = z.strictObject({
  protocol: z
    .enum(['http', 'https', 'tcp', 'tls'], { error: 'must be http, https, tcp or tls' })
    .default('https')
    .meta({
      description: '`tcp` opens a connection, `tls` also shakes hands, the others send a GET.',
      why: 'what users do, certificate included',
    }),
  port: portField().optional().meta({
    description: 'Port; left out: 80 for http, 443 for https and tls. `tcp` must name one.',
  }),
  path: z
    .string({ error: NO_PATH })
    .regex(/^\/\S{0,255}$/, { error: NO_PATH })
    .default('/')
    .meta({
      description: 'Path of the request; it should do real work, without side effects.',
      why: 'every site has one; a deeper one sees more',
    }),
  host: z
    .string({ error: 'must be a host name' })
    .regex(/^[A-Za-z0-9.-]{1,253}$/, { error: 'must be a host name' })
    .nullable()
    .prefault(null)
    .meta({
      description: 'Host header and TLS server name; null: the public name itself.',
      why: 'what users send',
    }),
  status,
  timeout: durationField({ min: 50, max: 30 * SECOND }, '3s', {
    description: 'An attempt that takes longer has failed.',
    why: 'the longest path round the world answers in a tenth of it',
  }),
  attempts: countField({ min: 1, max: 10 }, 3, {
    description: 'Attempts in one look: all must fail for `down`, most must succeed for `up`.',
    why: 'one lost packet is no vote, and three with time-outs end within one look',
  }),
});

const check = writtenCheck
  .superRefine(({ protocol, port }, context) => {
    if (USUAL_PORTS[protocol] === null && port === undefined)
      context.addIssue({ code: 'custom', path: ['port'], message: 'is missing' });
  })
  .transform(({ status, timeout, port, ...rest }): SiteCheck => ({
    ...rest,
    port: port ?? USUAL_PORTS[rest.protocol] ?? 0,
    statusMin: status.min,
    statusMax: status.max,
    timeoutMs: timeout,
  }))
  .prefault({})
  .meta({ description: 'How a vantage looks at the address.' });

/** One entry of `sites`. */
export const siteSchema = z
  .strictObject({
    name: nameText().meta({ description: 'Name of the site, unique within the name.' }),
    region: regionText().meta({ description: 'Region in which its load balancer stands.' }),
    address: z
      .string({ error: NO_ADDRESS })
      .regex(/^[A-Za-z0-9.:-]{1,253}$/, { error: NO_ADDRESS })
      .meta({ description: 'Value of its DNS record: the address of the load balancer.' }),
    pool: nameText().nullable().prefault(null).meta({
      description:
        'Pool of this file behind the address; null: nobody knows what the site carries and could carry.',
      why: 'not every site is a pool of Evenkeel',
    }),
    stateful: z.boolean({ error: 'must be true or false' }).default(false).meta({
      description: 'Moving it away may lose data, so a person must approve.',
      why: 'most sites keep their data elsewhere',
    }),
    check,
  })
  .transform(({ region, pool, stateful, ...rest }): SitePolicy => ({
    ...rest,
    regionId: region,
    poolName: pool,
    isStateful: stateful,
  }))
  .meta({ description: 'A region’s load balancer address behind a DNS record.' });
