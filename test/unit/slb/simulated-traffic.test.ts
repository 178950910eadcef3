import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '../../../infra/local/clock';
import { NO_FAULTS } from '../../../infra/local/contracts';
import { HealthEngine } from '../../../infra/local/slb/health-engine';
import { CounterRegistry } from '../../../infra/local/slb/listener-counters';
import { SlbModel } from '../../../infra/local/slb/model';
import { SimulatedHealthChecker } from '../../../infra/local/slb/simulated-health-checker';
import { SimulatedTraffic } from '../../../infra/local/slb/simulated-traffic';
import { SlbMetricSource } from '../../../infra/local/traffic/slb-metric-source';
import { directoryOf, layOut, type ListenerLayout } from '../../support/slb-world';

const world = async (weights: Record<string, number>, layout: Partial<ListenerLayout> = {}) => {
  const clock = new ManualClock();
  const directory = directoryOf(4);
  const model = new SlbModel({
    clock,
    directory,
    regionId: 'r-1',
    profile: { configurationLockMs: 300 },
  });
  const listener = layOut(model, { weights, ...layout });
  const health = new HealthEngine({
    model,
    clock,
    profile: { healthCheckDivisor: 1 },
    checker: new SimulatedHealthChecker({ directory, clock }),
  });
  health.start();
  const counters = new CounterRegistry();
  const traffic = new SimulatedTraffic({ model, health, directory, counters, serviceTimeMs: 20 });
  const metrics = new SlbMetricSource({ model, health, counters });
  await clock.advance(4000);
  return { clock, directory, model, listener, counters, traffic, metrics };
};

describe('simulated traffic', () => {
  it('is split by weight, and fails the share that a gray backend fails', async () => {
    const { directory, traffic, listener } = await world({ 'i-1': 30, 'i-2': 90 });
    directory.change('i-2', { faults: { ...NO_FAULTS, errorShare: 200 } });
    const tick = traffic.offer(listener, 40, 2500);
    expect(
      tick.backends.map(({ serverId, requests, failed }) => ({ serverId, requests, failed })),
    ).toEqual([
      { serverId: 'i-1', requests: 25, failed: 0 },
      { serverId: 'i-2', requests: 75, failed: 15 },
    ]);
    expect(tick).toMatchObject({ requests: 100, failed: 15 });
  });

  it('fails a crashed backend’s share until health checks see it, then nothing', async () => {
    const { clock, directory, traffic, listener } = await world({ 'i-1': 50, 'i-2': 50 });
    directory.change('i-1', { isServiceUp: false });
    expect(traffic.offer(listener, 100, 1000).failed).toBe(50);
    await clock.advance(6000);
    expect(traffic.offer(listener, 100, 1000)).toMatchObject({
      failed: 0,
      backends: [{ serverId: 'i-2', requests: 100 }],
    });
  });

  it('follows a weight once it has been applied', async () => {
    const { clock, model, traffic, listener } = await world({ 'i-1': 50, 'i-2': 50 });
    model.setBackends({ kind: 'default', loadBalancerId: listener.loadBalancerId }, [
      { serverId: 'i-1', weight: 0 },
    ]);
    expect(traffic.offer(listener, 10, 1000).backends).toHaveLength(2);
    await clock.advance(300);
    expect(traffic.offer(listener, 10, 1000).backends.map(({ serverId }) => serverId)).toEqual([
      'i-2',
    ]);
  });

  it('fails whole where no backend may serve or the listener is stopped', async () => {
    const { clock, model, traffic, listener } = await world({ 'i-1': 0 });
    expect(traffic.offer(listener, 10, 1000)).toMatchObject({ requests: 10, failed: 10 });
    model.stopListener(listener);
    await clock.advance(300);
    expect(traffic.offer(listener, 10, 1000).failed).toBe(10);
  });

  it('slows down with use and fails what a backend has no capacity for', async () => {
    const { traffic, listener, directory } = await world({ 'i-1': 100 });
    const idle = traffic.offer(listener, 1, 1000);
    const busy = traffic.offer(listener, 80, 1000);
    expect(busy.latencyMs).toBeGreaterThan(idle.latencyMs * 3);
    // Two vCPUs at 20 ms serve 100 a second.
    expect(traffic.offer(listener, 200, 1000).failed).toBeCloseTo(100);
    directory.change('i-1', { faults: { ...NO_FAULTS, latencyFactor: 5000 } });
    expect(traffic.offer(listener, 40, 1000).failed).toBeCloseTo(20);
  });

  it('moves the counters that CloudMonitor’s metrics are computed from', async () => {
    const { directory, traffic, listener, metrics } = await world({ 'i-1': 50, 'i-2': 50 });
    directory.change('i-2', { faults: { ...NO_FAULTS, errorShare: 500 } });
    await metrics.sample(60_000);
    traffic.offer(listener, 20, 60_000);
    const samples = await metrics.sample(60_000);
    const only = (name: string) =>
      samples.get(name)?.map(({ dimensions, statistics }) => [dimensions, statistics])[0];
    const port = { instanceId: listener.loadBalancerId, port: '80' };
    expect(only('Qps')).toEqual([{ ...port, protocol: 'http' }, { Average: 20 }]);
    expect(only('StatusCode5xx')).toEqual([{ ...port, protocol: 'http' }, { Average: 5 }]);
    expect(only('UpstreamCode5xx')?.[1]).toEqual({ Average: 5 });
    expect(only('HeathyServerCount')).toEqual([
      { ...port, vip: '127.65.0.1' },
      { Average: 2, Minimum: 2, Maximum: 2 },
    ]);
    expect(only('InstanceQps')).toEqual([{ instanceId: listener.loadBalancerId }, { Average: 20 }]);
    expect((only('Rt')![1] as { Average: number }).Average).toBeGreaterThan(19);
    const idle = await metrics.sample(60_000);
    expect(idle.get('Qps')?.[0]?.statistics).toEqual({ Average: 0 });
    expect(idle.has('Rt')).toBe(false);
  });

  it('tells nothing per backend', async () => {
    const { traffic, listener, metrics } = await world({ 'i-1': 50, 'i-2': 50 });
    traffic.offer(listener, 20, 60_000);
    const text = JSON.stringify([...(await metrics.sample(60_000))]);
    expect(text).not.toMatch(/i-1|i-2|127\.64\.0/);
  });

  it('has no request metrics for a TCP listener', async () => {
    const { traffic, listener, metrics } = await world({ 'i-1': 50 }, { protocol: 'tcp' });
    traffic.offer(listener, 20, 1000);
    const samples = await metrics.sample(1000);
    expect(samples.has('Qps') || samples.has('InstanceQps')).toBe(false);
    expect(samples.get('NewConnection')?.[0]?.statistics.Average).toBe(20);
  });
});
