import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RegionAdmin, startRegionAdmin } from '../../infra/local/admin/region-admin';
import { A_LAUNCH, launched, shown, shownOne } from '../support/launches';
import { type LocalEcs, localEcs } from '../support/local-ecs';
import { refusalOf } from '../support/wire';

const SECRET = 'the-access-key-secret';

describe('the admin interface', () => {
  let ecs: LocalEcs;
  let admin: RegionAdmin;

  beforeAll(async () => {
    ecs = localEcs();
    admin = await startRegionAdmin({ ecs: ecs.model, secret: SECRET });
  });
  afterAll(async () => admin.stop());

  const order = async (path: string, body: unknown, secret = SECRET) => {
    const response = await fetch(`${admin.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}` },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: response.status, text: await response.text() };
  };
  const set = async (settings: object): Promise<void> =>
    expect(await order('/settings', settings)).toEqual({
      status: 200,
      text: JSON.stringify(settings),
    });
  const launch = async (more = {}): Promise<string> =>
    refusalOf(ecs.service, 'RunInstances', { ...A_LAUNCH, ...more });

  it('changes stock, quota and balance at once', async () => {
    await set({ stock: { zoneId: 'cn-hangzhou-a', available: 0, code: 'Zone.NotOnSale' } });
    expect(await launch()).toBe('403 Zone.NotOnSale');
    await set({ stock: null, vcpuQuota: { onDemand: 0 } });
    expect(await launch()).toBe('403 QuotaExceed.ElasticQuota');
    expect(await launch({ SpotStrategy: 'SpotAsPriceGo' })).toBe('accepted');
    await set({ vcpuQuota: { onDemand: 100 }, balance: 0 });
    expect(await launch()).toBe('403 InsufficientBalance');
    await set({ balance: 1_000 });
    expect(await launch()).toBe('accepted');
  });

  it('makes launches fail late, boot at another pace and stay unseen', async () => {
    const none = { minMs: 0, maxMs: 0 };
    await set({ lateFailures: { count: 1, afterMs: 10 } });
    const [lost = ''] = await launched(ecs);
    await ecs.clock.advance(10);
    expect(await shownOne(ecs, lost)).toBeUndefined();
    await set({ bootTimes: { pending: none, running: none, guest: none, service: none } });
    const [quick = ''] = await launched(ecs);
    await ecs.clock.advance(0);
    expect(ecs.model.find(quick)?.isServiceUp).toBe(true);
    await set({ bootTimes: null, visibilityDelayMs: 60_000 });
    const before = (await shown(ecs)).length;
    await launched(ecs);
    expect((await shown(ecs)).length).toBeLessThanOrEqual(before);
    await set({ visibilityDelayMs: 0 });
  });

  it('moves the spot price and takes spot instances back', async () => {
    const [id = ''] = await launched(ecs, { SpotStrategy: 'SpotAsPriceGo' });
    const [plain = ''] = await launched(ecs);
    await ecs.clock.advance(60_000);
    await set({ spotPrice: { zoneId: 'cn-hangzhou-a', priceThousandths: 400 } });
    const limited = { SpotStrategy: 'SpotWithPriceLimit', SpotPriceLimit: '0.399' };
    expect(await launch(limited)).toBe('400 InvalidSpotPriceLimit.LowerThanPublicPrice');
    expect((await order('/faults', { instanceId: plain, fault: 'reclaim' })).status).toBe(400);
    expect((await order('/faults', { instanceId: id, fault: 'reclaim' })).status).toBe(200);
    await ecs.clock.advance(300_000);
    expect(await shownOne(ecs, id)).toBeUndefined();
  });

  it('breaks and mends an instance', async () => {
    const id = await ecs.model.createInstance({ instanceType: 'ecs.c7.large', isBooted: true });
    const fault = async (name: string) =>
      (await order('/faults', { instanceId: id, fault: name })).status;
    expect(await fault('gray')).toBe(200);
    expect(ecs.model.find(id)?.faults).toMatchObject({ errorShare: 200, latencyFactor: 5000 });
    expect(await fault('clear')).toBe(200);
    expect(ecs.model.find(id)?.faults).toMatchObject({ errorShare: 0 });
    expect((await order('/faults', { instanceId: 'i-none', fault: 'gray' })).status).toBe(404);
  });

  it.each<readonly [number, string, unknown, string]>([
    [401, '/settings', { balance: 0 }, 'guess'],
    [404, '/toString', { balance: 0 }, SECRET],
    [400, '/settings', '{', SECRET],
    [400, '/settings', { balanse: 0 }, SECRET],
    [400, '/settings', { stock: { available: -1 } }, SECRET],
    [400, '/settings', { bootTimes: { pending: { minMs: 2, maxMs: 1 } } }, SECRET],
    [400, '/faults', { instanceId: 'i-1', fault: 'flood' }, SECRET],
  ])('answers %i to a bad order on %s: %j', async (status, path, body, secret) => {
    const { balance } = ecs.model.supply.account;
    expect((await order(path, body, secret)).status).toBe(status);
    expect(ecs.model.supply.account.balance).toBe(balance);
  });
});
