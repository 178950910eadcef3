import { isIPv4, isIPv6 } from 'node:net';
import { type AddressType } from '../domain/failover/dns-record';
import { type SitePolicy } from '../domain/failover/name-policy';
import { plainAddress } from '../domain/failover/name-records';
import { findPool } from './fleet-policy';
import { nameOneOf, nameRules, ofSites, type NameUnderLint } from './lint-name-rule';
import { remarkIf } from './lint-rule';

const isIp = (address: string): boolean => isIPv4(address) || isIPv6(address);

const FITS: Readonly<Record<AddressType, (address: string) => boolean>> = {
  A: isIPv4,
  AAAA: isIPv6,
  CNAME: (address) => !isIp(address) && address.includes('.'),
};

const isRepeated = (
  { name: { sites } }: NameUnderLint,
  of: (site: SitePolicy) => string | null,
): ((site: SitePolicy, index: number) => boolean) => {
  const values = sites.map(of);
  return (site, index) => of(site) !== null && values.indexOf(of(site)) < index;
};

const poolOf = ({ fleet }: NameUnderLint, { poolName }: SitePolicy) =>
  poolName === null ? undefined : findPool(fleet, poolName);

/** Whether a name’s sites can stand in for each other. */
export const SITE_RULES = nameRules([
  {
    code: 'name-one-site',
    severity: 'error',
    about: 'A name with one site has nowhere to fail over to.',
    check: ({ name: { sites } }) =>
      remarkIf(sites.length < 2, () => ({
        at: ['sites'],
        sentence: 'The name has one site, so there is nowhere to fail over to.',
        remedy: 'Name a second site, or leave the name out.',
      })),
  },
  {
    code: 'site-repeated',
    severity: 'error',
    about: 'Two sites of one name could not be told apart.',
    check: (subject) =>
      ofSites(
        subject,
        isRepeated(subject, ({ name }) => name),
        ({ name }) => ({
          at: ['name'],
          sentence: `Another site is named ${name} already.`,
          remedy: 'Give it a name of its own.',
        }),
      ),
  },
  {
    code: 'site-address-repeated',
    severity: 'error',
    about: 'Two sites with one address share their records: pausing one pauses both.',
    check: (subject) =>
      ofSites(
        subject,
        isRepeated(subject, ({ address }) => plainAddress(address)),
        ({ address }) => ({
          at: ['address'],
          sentence: `Another site has the address ${address} already: pausing one would pause both.`,
          remedy: 'Give each site the address of its own load balancer.',
        }),
      ),
  },
  {
    code: 'sites-one-region',
    severity: 'warning',
    about: 'Two sites of one region fall together.',
    check: (subject) =>
      ofSites(
        subject,
        isRepeated(subject, ({ regionId }) => regionId),
        ({ name, regionId }) => ({
          at: ['region'],
          sentence: `Another site stands in ${regionId} as well: what takes one takes ${name} too.`,
          remedy:
            'Put it into another region; the loss of a zone within a city is `evacuate`’s case.',
        }),
      ),
  },
  {
    code: 'site-address-type',
    severity: 'error',
    about: 'A record of this type cannot hold the address.',
    check: (subject) =>
      ofSites(
        subject,
        ({ address }) => !FITS[subject.name.type](address),
        ({ address }) => ({
          at: ['address'],
          sentence: `A record of type ${subject.name.type} cannot hold ${address}.`,
          remedy: 'Set `type` to A for IPv4, AAAA for IPv6 or CNAME for a host name.',
        }),
      ),
  },
  {
    code: 'site-pool-unknown',
    severity: 'error',
    about: 'No pool of the file has this name.',
    check: (subject) =>
      ofSites(
        subject,
        (site) => site.poolName !== null && poolOf(subject, site) === undefined,
        ({ poolName }) => ({
          at: ['pool'],
          sentence: `There is no pool ${poolName ?? ''}.`,
          remedy: nameOneOf(
            poolName ?? '',
            subject.fleet.pools.map(({ name }) => name),
          ),
        }),
      ),
  },
  {
    code: 'site-pool-elsewhere',
    severity: 'error',
    about: 'The pool stands in another region than its site.',
    check: (subject) =>
      ofSites(
        subject,
        (site) => (poolOf(subject, site)?.regionId ?? site.regionId) !== site.regionId,
        (site) => ({
          at: ['pool'],
          sentence: `The pool ${site.poolName ?? ''} stands in ${poolOf(subject, site)?.regionId ?? ''} and the site in ${site.regionId}.`,
          remedy: 'Name the pool behind this address, or set the region right.',
        }),
      ),
  },
  {
    code: 'site-pool-repeated',
    severity: 'error',
    about: 'One pool behind two sites: its room would be counted twice.',
    check: (subject) =>
      ofSites(
        subject,
        isRepeated(subject, ({ poolName }) => poolName),
        ({ poolName }) => ({
          at: ['pool'],
          sentence: `The pool ${poolName ?? ''} stands behind another site already: its room would be counted twice.`,
          remedy: 'Give each site a pool of its own.',
        }),
      ),
  },
  {
    code: 'site-capacity-unknown',
    severity: 'warning',
    about: 'Nobody knows what the site carries and could carry.',
    check: (subject) =>
      ofSites(
        subject,
        (site) =>
          site.poolName === null ||
          (poolOf(subject, site) !== undefined &&
            (poolOf(subject, site)?.scale?.metrics ?? []).length === 0),
        ({ name, poolName }) => ({
          at: poolName === null ? [] : ['pool'],
          sentence: `${poolName === null ? `The site ${name} has no pool` : `The pool ${poolName} follows no metric`}, so nobody knows what it carries and could carry.`,
          remedy: 'Name a pool that is scaled by a metric, or keep room for the others yourself.',
        }),
      ),
  },
  {
    code: 'site-pool-observes',
    severity: 'warning',
    about: 'The name acts, and a pool that should grow for it only observes.',
    check: (subject) =>
      ofSites(
        subject,
        (site) => subject.name.mode === 'enforce' && poolOf(subject, site)?.mode === 'observe',
        ({ poolName }) => ({
          at: ['pool'],
          sentence: `The pool ${poolName ?? ''} only observes, so it would not grow for the traffic that comes.`,
          remedy: 'Set its mode to enforce, or keep room for the others yourself.',
        }),
      ),
  },
]);
