import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '../../../infra/local/clock';
import { NO_FAULTS } from '../../../infra/local/contracts';
import { HealthEngine } from '../../../infra/local/slb/health-engine';
import { failWindowMs, listenerDefaults } from '../../../infra/local/slb/listener';
import { SlbModel } from '../../../infra/local/slb/model';
import { SimulatedHealthChecker } from '../../../infra/local/slb/simulated-health-checker';
import {
  type BehaviourSwitches,
  type ListenerLayout,
  directoryOf,
  layOut,
} from '../../support/slb-world';

const world = (
  layout: Partial<ListenerLayout> = {},
  behaviour: BehaviourSwitches = {},
  healthCheckDivisor = 1,
) => {
  const clock = new ManualClock();
  const directory = directoryOf(3);
  const model = new SlbModel({
    clock,
    directory,
    regionId: 'r-1',
    profile: { configurationLockMs: 300 },
    behaviour,
  });
  const listener = layOut(model, { weights: { 'i-1': 100, 'i-2': 100 }, ...layout });
  const health = new HealthEngine({
    model,
    clock,
    profile: { healthCheckDivisor },
    checker: new SimulatedHealthChecker({ directory, clock }),
  });
  health.start();
  const verdicts = () => model.route(listener).map((member) => health.verdict(listener, member));
  return { clock, directory, model, listener, health, verdicts };
};

/** Milliseconds until `isSo`, looked at every 10 ms. */
async function timeUntil(clock: ManualClock, isSo: () => boolean): Promise<number> {
  const from = clock.now();
  while (!isSo() && clock.now() - from < 120_000) await clock.advance(10);
  return clock.now() - from;
}

describe('health checks', () => {
  it('find nothing before they have concluded, then normal after three good answers', async () => {
    const { clock, verdicts } = world();
    expect(verdicts()).toEqual(['unavailable', 'unavailable']);
    await clock.advance(3999);
    expect(verdicts()).toEqual(['unavailable', 'unavailable']);
    await clock.advance(1);
    expect(verdicts()).toEqual(['normal', 'normal']);
  });

  it('take 19 s with the defaults to see a backend that falls silent', async () => {
    const { clock, directory, verdicts } = world();
    await clock.advance(4000);
    directory.change('i-1', { faults: { ...NO_FAULTS, isHung: true } });
    // The next check starts 2 s after the last one.
    expect(await timeUntil(clock, () => verdicts()[0] === 'abnormal')).toBe(2000 + 19_000);
    expect(verdicts()[1]).toBe('normal');
    expect(failWindowMs(listenerDefaults('http').healthCheck)).toBe(19_000);
  });

  it('take 4 s from the first refused check, because a refusal needs no time-out', async () => {
    const { clock, directory, verdicts } = world();
    await clock.advance(4000);
    directory.change('i-1', { isServiceUp: false });
    expect(await timeUntil(clock, () => verdicts()[0] === 'abnormal')).toBe(2000 + 4000);
  });

  it('come back to normal after three good answers', async () => {
    const { clock, directory, verdicts } = world();
    directory.change('i-1', { isServiceUp: false });
    await clock.advance(10_000);
    expect(verdicts()[0]).toBe('abnormal');
    directory.change('i-1', { isServiceUp: true });
    expect(await timeUntil(clock, () => verdicts()[0] === 'normal')).toBe(2000 + 4000);
  });

  it('start their count anew when one answer differs', async () => {
    const { clock, directory, verdicts } = world();
    await clock.advance(4000);
    const withHealthyAnswerBetween = async (isServiceUp: boolean) => {
      directory.change('i-1', { isServiceUp });
      await clock.advance(2000);
    };
    for (const isServiceUp of [false, false, true, false, false])
      await withHealthyAnswerBetween(isServiceUp);
    expect(verdicts()[0]).toBe('normal');
    await withHealthyAnswerBetween(false);
    expect(verdicts()[0]).toBe('abnormal');
  });

  it('run in a fraction of the time under a rehearsal profile', async () => {
    const { clock, directory, verdicts } = world({}, {}, 4);
    await clock.advance(1000);
    expect(verdicts()).toEqual(['normal', 'normal']);
    directory.change('i-1', { faults: { ...NO_FAULTS, isHung: true } });
    expect(await timeUntil(clock, () => verdicts()[0] === 'abnormal')).toBe(5250);
  });

  it('use the interval as the time-out when the time-out is shorter', async () => {
    const { clock, directory, verdicts } = world({
      parameters: { HealthCheckTimeout: '1', HealthCheckInterval: '3' },
    });
    await clock.advance(6000);
    expect(verdicts()[0]).toBe('normal');
    directory.change('i-1', { faults: { ...NO_FAULTS, isHung: true } });
    expect(await timeUntil(clock, () => verdicts()[0] === 'abnormal')).toBe(
      3000 + 3 * 3000 + 2 * 3000,
    );
  });

  it('over TCP pass a backend that accepts and never answers', async () => {
    const { clock, directory, verdicts } = world({ protocol: 'tcp' });
    directory.change('i-1', { faults: { ...NO_FAULTS, isHung: true } });
    await clock.advance(60_000);
    expect(verdicts()[0]).toBe('normal');
  });

  it('do not see errors that spare them, and see those that do not', async () => {
    const { clock, directory, verdicts } = world();
    directory.change('i-1', {
      faults: { ...NO_FAULTS, errorShare: 1000, sparesHealthChecks: true },
    });
    directory.change('i-2', {
      faults: { ...NO_FAULTS, errorShare: 1000, sparesHealthChecks: false },
    });
    await clock.advance(10_000);
    expect(verdicts()).toEqual(['normal', 'abnormal']);
  });

  it('see a stopped or released instance', async () => {
    const { clock, directory, verdicts } = world();
    await clock.advance(4000);
    directory.change('i-1', { status: 'Stopped', isServiceUp: false });
    await clock.advance(21_000);
    expect(verdicts()).toEqual(['abnormal', 'normal']);
  });

  it('go on at weight 0', async () => {
    const { clock, directory, verdicts } = world({ weights: { 'i-1': 0, 'i-2': 100 } });
    await clock.advance(4000);
    expect(verdicts()[0]).toBe('normal');
    directory.change('i-1', { isServiceUp: false });
    await clock.advance(6000);
    expect(verdicts()[0]).toBe('abnormal');
  });

  it('leave everything unavailable where they are off', async () => {
    const { clock, verdicts, health, listener, model } = world({
      parameters: { HealthCheck: 'off' },
    });
    await clock.advance(60_000);
    expect(verdicts()).toEqual(['unavailable', 'unavailable']);
    expect(model.route(listener).every((member) => health.isFit(listener, member))).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('end when the listener stops, and begin anew when it starts', async () => {
    const { clock, model, listener, verdicts } = world();
    await clock.advance(4000);
    model.stopListener(listener);
    await clock.advance(300);
    expect(verdicts()).toEqual(['unavailable', 'unavailable']);
    model.startListener(model.listener(listener.loadBalancerId, 80));
    await clock.advance(300 + 4000);
    expect(verdicts()).toEqual(['normal', 'normal']);
  });

  it('begin for a backend when its membership has been applied', async () => {
    const { clock, model, listener, verdicts } = world();
    await clock.advance(4000);
    model.addBackends({ kind: 'default', loadBalancerId: listener.loadBalancerId }, [
      { serverId: 'i-3' },
    ]);
    await clock.advance(300 + 3999);
    expect(verdicts()[2]).toBe('unavailable');
    await clock.advance(1);
    expect(verdicts()).toEqual(['normal', 'normal', 'normal']);
  });

  it('leave no timer behind when the engine is stopped', async () => {
    const { clock, health } = world();
    await clock.advance(5000);
    health.stop();
    expect(clock.pending).toBe(0);
  });

  it('share one timer among backends that fall due together', async () => {
    const { clock } = world({ weights: { 'i-1': 1, 'i-2': 1, 'i-3': 1 } });
    await clock.advance(0);
    expect(clock.pending).toBe(1);
  });
});

describe('readings of health that the documents leave open', () => {
  it('weight 0 behind layer 4 shows what the checks say, or abnormal', async () => {
    for (const weightZeroHealth of ['as-checked', 'abnormal-on-layer-4'] as const) {
      for (const protocol of ['tcp', 'http'] as const) {
        const { clock, health, listener, model } = world(
          { protocol, weights: { 'i-1': 0 } },
          { weightZeroHealth },
        );
        await clock.advance(4000);
        const [member] = model.route(listener);
        expect(health.shown(listener, member!)).toBe(
          weightZeroHealth === 'abnormal-on-layer-4' && protocol === 'tcp' ? 'abnormal' : 'normal',
        );
      }
    }
  });

  it('a backend without a verdict waits, or serves', () => {
    for (const beforeFirstVerdict of ['wait', 'serve'] as const) {
      const { health, listener, model } = world({}, { beforeFirstVerdict });
      expect(health.isFit(listener, model.route(listener)[0]!)).toBe(
        beforeFirstVerdict === 'serve',
      );
    }
  });
});
