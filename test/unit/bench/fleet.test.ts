import { describe, expect, it } from '@jest/globals';
import { durationAtQuotas, type Limits } from '../../../infra/bench/fleet/at-quotas';
import { type FleetFigure, measureFleet } from '../../../infra/bench/fleet/measure-fleet';
import { stormOf } from '../../../infra/bench/fleet/storm';

const LIMITS: Limits = {
  callsPerMinute: {
    ...{ loadBalancerReads: 3000, loadBalancerWrites: 90, instanceReads: 600 },
    ...{ instanceWrites: 200, metricReads: 3000, dnsReads: 6000, dnsWrites: 600 },
  },
  ...{ metricCallsPerMonth: 1_000_000, poolsPerWorker: 20, instances: 30, instancesPerSecond: 5 },
  ...{ workerVcpu: 1, latencyMs: 0 },
};
const figure = (pools: number, callsPerTick: FleetFigure['callsPerTick']): FleetFigure => ({
  ...{ pools, backends: 10, ticksPerSecond: 0, msPerTick: 0, tickSpanMs: 1000, callsPerTick },
  ...{ workerMegabytes: 0, storeKilobytesPerPool: 0, growthKilobytesPerTick: 0 },
});

describe('the time of a round at the quotas', () => {
  it('is that of the looks where there are calls enough: 40 chunks by 30 instances at 5 a second', () => {
    // The 30th instance comes after 5.8 s; by then the first have looked at five chunks more than there are.
    const round = durationAtQuotas(figure(800, { 'Slb.DescribeHealthStatus': 1 }), LIMITS);
    expect(round).toMatchObject({ limitedBy: 'instances' });
    expect(round.seconds).toBeLessThanOrEqual(7);
  });

  it('is that of the bucket where there are not: 750 at once, 2,250 a minute', () => {
    const round = durationAtQuotas(figure(9750, { 'Slb.DescribeHealthStatus': 1 }), LIMITS);
    expect(round.limitedBy).toBe('Slb.DescribeHealthStatus');
    // 9,000 ÷ 2,250 a minute, and the last look.
    expect(round.seconds).toBeGreaterThanOrEqual(241);
    expect(round.seconds).toBeLessThanOrEqual(243);
  });

  it('tells how often metrics can be read, and how long one write for each pool takes', () => {
    const round = durationAtQuotas(figure(230, { 'Cms.DescribeMetricLast': 1 }), LIMITS);
    expect(round.metricMinutes).toBe(10);
    expect(round.writeSeconds).toBe(Math.ceil(((230 - 22) * 60) / 68));
  });
});

describe('measured in models', () => {
  it('every pool has its tick, and pools of one worker share what they ask ECS and CloudMonitor', async () => {
    const many = await measureFleet({ pools: 20, backends: 2 });
    expect(many.callsPerTick['Slb.DescribeHealthStatus']).toBe(1);
    expect(many.callsPerTick['Ecs.DescribeInstanceHistoryEvents']).toBe(0.05);
    expect(many.callsPerTick['Cms.DescribeMetricLast']).toBeLessThanOrEqual(0.3);
    expect(many.ticksPerSecond).toBeGreaterThan(0);
  });

  it('1,000 alarms in 10 s on one pool are a few ticks', async () => {
    const storm = await stormOf(1000, 10, 3);
    expect(storm.ticks).toBeGreaterThan(1);
    expect(storm.ticks).toBeLessThanOrEqual(8);
    expect(storm.calls).toBeLessThan(150);
  });
});
