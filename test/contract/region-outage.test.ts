import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { request } from 'node:http';
import { connect } from 'node:net';
import { REHEARSAL_TIMES } from '../../infra/local/contracts';
import { startLocalRegion, type LocalRegion } from '../../infra/local/region';
import { allNormal, layOutPool, type Pool } from '../../infra/rehearsal/lay-out-pool';
import { ensureBuilt } from '../support/build';
import { dig } from '../support/dig';
import { until } from '../support/until';

const DOMAIN = 'example.com';
const PATIENCE_MS = 30_000;

let region: LocalRegion;
let pool: Pool;

const isOpen = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
const isOpenAt = (endpoint: string): Promise<boolean> => {
  const [host = '', port = ''] = endpoint.split(':');
  return isOpen(host, Number(port));
};
/** Status of one request; null when the connection broke. */
const ask = (userAgent = 'client'): Promise<number | null> =>
  new Promise((resolve) => {
    const headers = { 'user-agent': userAgent };
    request({ host: pool.host, port: pool.port, agent: false, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .once('error', () => resolve(null))
      .end();
  });
const instances = () =>
  region.ecs.all().map(({ instanceId, address, status }) => ({ instanceId, address, status }));

beforeAll(async () => {
  ensureBuilt();
  region = await startLocalRegion({ network: 120, times: REHEARSAL_TIMES, seed: 9 });
  pool = await layOutPool(region, { instanceTypes: ['ecs.c7.large', 'ecs.c7.large'] });
  await allNormal(region, pool, PATIENCE_MS);
  region.alidns.provision(() => {
    region.alidns.addDomain({ domainName: DOMAIN, edition: 'ultimate' });
    region.alidns.addRecord(DOMAIN, { rr: 'www', type: 'A', value: '10.0.0.1', ttlSeconds: 60 });
  });
}, 60_000);
afterAll(async () => region.stop(), 60_000);

describe('a region that is lost as a whole', () => {
  it('answers nobody while it is dark, and then again in the same places, with what it knew', async () => {
    const before = instances();
    const { openapi, dns } = region.endpoints;
    expect(await ask()).toBe(200);
    await region.goDark();
    const [first] = before;
    const services = before.map(({ address, instanceId }) =>
      isOpen(address, region.ecs.find(instanceId)?.servicePort ?? 0),
    );
    expect(first).toBeDefined();
    expect(await Promise.all(services)).toEqual(before.map(() => false));
    expect(await Promise.all([isOpenAt(openapi), isOpenAt(dns), ask()])).toEqual([
      false,
      false,
      null,
    ]);
    expect(instances()).toEqual(before);

    await region.comeBack();
    expect(await Promise.all([isOpenAt(openapi), isOpenAt(dns)])).toEqual([true, true]);
    const { answers } = await dig(region.endpoints.dns, `www.${DOMAIN}`);
    expect(answers).toEqual([`www.${DOMAIN}. 60 A 10.0.0.1`]);
    await until(async () => (await ask()) === 200, PATIENCE_MS, 'its instances serve again');
    await allNormal(region, pool, PATIENCE_MS);
    expect(instances()).toEqual(before);
    expect(region.endpoints).toEqual({ openapi, dns });
  }, 90_000);

  it('tells of its instances what the cloud tells after a host has failed', () => {
    const types = region.ecs.systemEvents.all().map(({ type, cycle }) => `${type} ${cycle}`);
    expect(types).toEqual(['SystemFailure.Reboot Executed', 'SystemFailure.Reboot Executed']);
  });

  it('can be stopped while it is dark', async () => {
    const other = await startLocalRegion({ network: 122, times: REHEARSAL_TIMES });
    await other.goDark();
    await other.stop();
    expect(await isOpenAt(other.endpoints.openapi)).toBe(false);
  });
});

describe('a network that fails for some', () => {
  it('loses their requests and nobody else’s', async () => {
    region.dataPlane.isLost = ({ headers }) => headers['user-agent'] === 'watcher';
    expect(await Promise.all([ask('watcher'), ask('client')])).toEqual([null, 200]);
    region.dataPlane.isLost = () => false;
    expect(await ask('watcher')).toBe(200);
  });
});
