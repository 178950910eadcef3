import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '../../infra/local/clock';
import { closingRuntime } from '../../infra/local/closing-runtime';
import { type InstanceRuntime, NO_FAULTS } from '../../infra/local/contracts';
import { SimulatedRuntime } from '../../infra/local/ecs/simulated-runtime';
import { haltingClock } from '../../infra/local/halting-clock';
import { createInProcessRegion, type InProcessRegion } from '../../infra/local/in-process-region';
import { instant } from '../../shared/domain/units';

describe('haltingClock', () => {
  it('passes time and timers on until it is halted', async () => {
    const inner = new ManualClock();
    const { clock, halt } = haltingClock(inner);
    const rung: string[] = [];
    clock.after(10, () => rung.push('first'));
    const cancel = clock.after(20, () => rung.push('cancelled'));
    clock.after(30, () => rung.push('halted'));
    cancel();
    await inner.advance(20);
    halt();
    clock.after(5, () => rung.push('too late'));
    await inner.advance(100);
    expect(rung).toEqual(['first']);
    expect(inner.pending).toBe(0);
    expect(clock.now()).toBe(inner.now());
  });
});

describe('closingRuntime', () => {
  const place = { instanceId: 'i-1', address: '127.0.0.1', servicePort: 80, cpuCount: 1 };

  it('waits for a start under way and stops what it started', async () => {
    let listening = (): void => undefined;
    const events: string[] = [];
    const simulated = new SimulatedRuntime({ clock: new ManualClock() });
    const inner: InstanceRuntime & { stopAll(): Promise<void> } = {
      start: () =>
        new Promise((resolve) => {
          listening = () => {
            events.push('started');
            resolve();
          };
        }),
      stop: (instanceId) => simulated.stop(instanceId),
      applyFaults: (instanceId, faults) => simulated.applyFaults(instanceId, faults),
      runCommand: (instanceId, command, timeoutMs) =>
        simulated.runCommand(instanceId, command, timeoutMs),
      usage: (instanceId) => simulated.usage(instanceId),
      stopAll: () => Promise.resolve(void events.push('stopped all')),
    };
    const { runtime, close } = closingRuntime(inner);
    const started = runtime.start(place, () => undefined);
    const closed = close();
    await runtime.start({ ...place, instanceId: 'i-2' }, () => undefined);
    expect(events).toEqual([]);
    listening();
    await Promise.all([started, closed]);
    expect(events).toEqual(['started', 'stopped all']);
  });
});

describe('a region in process', () => {
  const layOut = async (
    region: InProcessRegion,
  ): Promise<{ readonly loadBalancerId: string; readonly ids: readonly string[] }> => {
    const ids = await Promise.all(
      [1, 2].map(() => region.ecs.createInstance({ instanceType: 'ecs.c7.large', isBooted: true })),
    );
    const call = (action: string, query: object) =>
      region.rpc.call(
        {
          product: 'Slb',
          version: '2014-05-15',
          action,
          query: { RegionId: region.regionId, ...query },
        },
        { deadline: instant(region.clock.now() + 1_000) },
      );
    const { LoadBalancerId } = await call('CreateLoadBalancer', {});
    const listener = { LoadBalancerId, ListenerPort: 80 };
    const steps: readonly (readonly [string, object])[] = [
      [
        'AddBackendServers',
        { LoadBalancerId, BackendServers: JSON.stringify(ids.map((ServerId) => ({ ServerId }))) },
      ],
      ['CreateLoadBalancerTCPListener', { ...listener, Bandwidth: -1, BackendServerPort: 8080 }],
      ['StartLoadBalancerListener', listener],
    ];
    for (const [action, query] of steps) {
      await call(action, query);
      await region.clock.advance(region.times.configurationLockMs);
    }
    return { loadBalancerId: String(LoadBalancerId), ids };
  };
  const healthOf = async (
    region: InProcessRegion,
    LoadBalancerId: string,
  ): Promise<readonly string[]> => {
    const query = { RegionId: region.regionId, LoadBalancerId };
    const reply = await region.rpc.call(
      { product: 'Slb', version: '2014-05-15', action: 'DescribeHealthStatus', query },
      { deadline: instant(region.clock.now() + 1_000) },
    );
    const { BackendServer } = reply['BackendServers'] as {
      readonly BackendServer: readonly { readonly ServerHealthStatus: string }[];
    };
    return BackendServer.map(({ ServerHealthStatus }) => ServerHealthStatus);
  };

  it('sees a crash after the health check’s own time and not before', async () => {
    const region = createInProcessRegion();
    const { loadBalancerId, ids } = await layOut(region);
    expect(await healthOf(region, loadBalancerId)).toEqual(['unavailable', 'unavailable']);
    await region.clock.advance(10_000);
    expect(await healthOf(region, loadBalancerId)).toEqual(['normal', 'normal']);
    await region.ecs.injectFaults(ids[0]!, { ...NO_FAULTS, isCrashed: true });
    await region.clock.advance(1_000);
    expect(await healthOf(region, loadBalancerId)).toEqual(['normal', 'normal']);
    await region.clock.advance(6_000);
    expect(await healthOf(region, loadBalancerId)).toEqual(['abnormal', 'normal']);
    region.stop();
  });

  it('repeats itself byte for byte', async () => {
    const run = async (): Promise<string> => {
      const region = createInProcessRegion({ seed: 7 });
      const { loadBalancerId } = await layOut(region);
      await region.clock.advance(60_000);
      await healthOf(region, loadBalancerId);
      region.stop();
      return JSON.stringify(region.requestLog.find());
    };
    expect(await run()).toBe(await run());
  });
});
