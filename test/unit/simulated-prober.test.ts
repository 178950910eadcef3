import { describe, expect, it } from '@jest/globals';
import { SimulatedProber } from '../../infra/local/ecs/simulated-prober';
import { type InstanceFaults, type InstanceView, NO_FAULTS } from '../../infra/local/contracts';
import { seededRandom } from '../../infra/local/seeded-random';
import { type ProbeWindow } from '../../shared/domain/probe-window';
import { millis } from '../../shared/domain/units';
import { FakeDirectory } from '../support/slb-world';
import { TestClock } from '../support/test-clock';

const SETTINGS = {
  path: '/',
  timeoutMs: millis(1000),
  windowMs: millis(2500),
  perWindow: 1000,
  concurrency: 64,
};

async function probe(
  view: Partial<InstanceView>,
  settings = SETTINGS,
  spanMs = 10_000,
): Promise<ProbeWindow | undefined> {
  const clock = new TestClock();
  const directory = new FakeDirectory().add('i-1', view);
  const prober = new SimulatedProber({ directory, clock, random: seededRandom(1) });
  const targets = [{ instanceId: 'i-1', address: '127.64.0.1', port: 8080 }];
  return (await prober.probe(targets, settings, clock.in(spanMs))).get('i-1');
}

const faults = (some: Partial<InstanceFaults>): Partial<InstanceView> => ({
  faults: { ...NO_FAULTS, ...some },
});

describe('simulated probes', () => {
  it('find a sound instance sound, in a window that took its time', async () => {
    const window = await probe({});
    expect(window).toMatchObject({ probes: 1000, failures: 0 });
    expect(window!.endedAt - window!.startedAt).toBe(2500);
    expect(Math.abs(window!.latencyMedianUs! - 12_000)).toBeLessThan(1000);
  });

  it('fail the share that the fault says, and are slow by its factor', async () => {
    const window = await probe(faults({ errorShare: 200, latencyFactor: 5000 }));
    expect(Math.abs(window!.failures - 200)).toBeLessThan(50);
    expect(Math.abs(window!.latencyMedianUs! - 60_000)).toBeLessThan(5000);
  });

  it.each([
    ['a crashed service', { ...faults({ isCrashed: true }), isServiceUp: false }],
    ['a hung service', faults({ isHung: true })],
    ['an answer later than the time-out', faults({ latencyFactor: 1_000_000 })],
    ['an instance that does not run', { status: 'Stopped' }],
  ] as const)('all fail on %s', async (_what, view) => {
    expect(await probe(view)).toMatchObject({
      probes: 1000,
      failures: 1000,
      latencyMedianUs: null,
    });
  });

  it('ask nobody when a window cannot end before the deadline', async () => {
    expect(await probe({}, SETTINGS, 3000)).toBeUndefined();
  });

  it('repeat themselves from the same seed', async () => {
    const view = faults({ errorShare: 300 });
    expect(await probe(view)).toEqual(await probe(view));
  });
});
