import { expect, it } from '@jest/globals';
import { MemoryStateStore } from '../../../shared/adapters/memory/memory-state-store';
import { applyLaunch } from '../../../shared/apply/apply-launch';
import { planLaunch, resumeLaunch } from '../../../shared/decide/scale/plan-launch';
import { poolLease } from '../../../shared/domain/store-keys';
import { type TickRequest } from '../../../shared/domain/tick';
import { millis, permille, plus } from '../../../shared/domain/units';
import { type LaunchAnswer, type LaunchRequest } from '../../../shared/ports/fleet';
import { type Ports } from '../../../shared/ports/ports';
import { NOW } from '../../support/builders';
import { aLaunch, anOption, launchCircumstances } from '../../support/scale-builders';

const spot = ['x', 'y'].map((name) => anOption(name, { chargeType: 'spot' }));
const circumstances = launchCircumstances({
  scale: { launch: { options: [...spot, anOption('h')], spotShareMax: permille(500) } },
});

/** Launches whatever is asked for, and says what that was; calls of `lost` options are not answered. */
async function aFleet(lost: readonly string[]) {
  const clock = { now: () => NOW };
  const store = new MemoryStateStore(clock as Ports['clock']);
  const lease = await store.acquireLease(poolLease('web'), 'one', millis(60_000));
  const sent: string[] = [];
  const launch = ({ option, count, clientToken }: LaunchRequest): Promise<LaunchAnswer> => {
    sent.push(`${option.name} ${count}`);
    const refusal = { kind: 'lost', code: 'Timeout', message: '', requestId: null } as const;
    if (lost.includes(option.name)) return Promise.resolve({ kind: 'refused', refusal });
    const instanceIds = Array.from({ length: count }, (_, index) => `i-${clientToken}-${index}`);
    return Promise.resolve({ kind: 'launched', instanceIds, contradiction: null });
  };
  const ports = { store, clock, fleet: { launch }, writes: 'performed' } as unknown as Ports;
  const request = {
    policy: circumstances.policy,
    lease,
    deadline: plus(NOW, 60_000),
  } as unknown as TickRequest;
  return { sent, ports, request };
}

const step = planLaunch(4, 'scale-out-metric', [], circumstances).step!;

it('two ways to launch spot share one limit: the rest is pay-as-you-go', async () => {
  const { sent, ports, request } = await aFleet([]);
  await applyLaunch(step, request, ports);
  expect(sent).toEqual(['x 2', 'h 2']);
});

it('a launch that is resumed keeps that limit, and the size of what was asked', async () => {
  const lost = ['h'];
  const { sent, ports, request } = await aFleet(lost);
  const first = await applyLaunch(step, request, ports);
  lost.pop();
  const { operationId, count } = step;
  const { attempts } = first.launch!;
  const again = resumeLaunch(aLaunch({ operationId, count, attempts }), circumstances)!;
  await applyLaunch(again, request, ports);
  expect(sent).toEqual(['x 2', 'h 2', 'h 2']);
});
