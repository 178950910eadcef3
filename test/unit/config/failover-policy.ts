import { type FleetPolicy } from '../../../shared/config/fleet-policy';
import { policySchema } from '../../../shared/config/schema';
import { scale, type Written } from './scaled-policy';

const pool = (name: string, region: string): Written => ({
  name,
  region,
  mode: 'enforce',
  targets: [{ loadBalancer: `lb-${name}` }],
  scale: scale({
    launch: {
      template: 'lt-1',
      options: [{ zone: `${region}-b`, instanceType: 'ecs.c7.large' }],
    },
  }),
});

/** Two sites that lint has nothing against; what differs is given. */
export const east = (different: Written = {}): Written => ({
  name: 'east',
  region: 'cn-hangzhou',
  address: '203.0.113.10',
  pool: 'east',
  ...different,
});

export const south = (different: Written = {}): Written => ({
  name: 'south',
  region: 'cn-shenzhen',
  address: '198.51.100.10',
  pool: 'south',
  ...different,
});

/** A name that lint has nothing against. */
export const name = (different: Written = {}): Written => ({
  name: 'shop',
  domain: 'example.com',
  host: 'www',
  weighting: true,
  sites: [east(), south()],
  vantages: ['cn-beijing', 'cn-zhangjiakou', 'cn-hangzhou', 'cn-shenzhen'],
  ...different,
});

export const VOTER: Written = { name: 'carrier', secret: { current: 'env:VOTER' } };

/** A file of two pools and a `failover` section, written as in the file. */
export const written = (failover: Written = {}, file: Written = {}): Written => ({
  version: 1,
  region: 'cn-hangzhou',
  alarmSecret: { current: 'env:ALARM' },
  pools: [pool('east', 'cn-hangzhou'), pool('south', 'cn-shenzhen')],
  failover: {
    home: 'cn-beijing',
    approvalSecret: { current: 'env:APPROVAL' },
    outsideVoters: [VOTER],
    names: [name()],
    ...failover,
  },
  ...file,
});

/** Its policy. */
export const failingOver = (failover: Written = {}, file: Written = {}): FleetPolicy =>
  policySchema.parse(written(failover, file));

/** The policy of such a file with one name. */
export const named = (different: Written = {}, failover: Written = {}): FleetPolicy =>
  failingOver({ names: [name(different)], ...failover });
