import { afterEach, describe, expect, it } from '@jest/globals';
import { SystemClock } from '../../../shared/adapters/system/system-clock';
import { millis } from '../../../shared/domain/units';
import { type Ports } from '../../../shared/ports/ports';
import { type ChannelServer, startChannelServer } from '../../support/channel-server';
import { createWorld, type World } from '../../support/in-process-world';
import { aChannel, someAlerts } from '../../support/notify';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** A pool that is in panic at the next look, and whose alerts go to a robot; times of messages are real ones. */
async function aPoolInPanic(channelUrl: string): Promise<{ world: World; ports: Ports }> {
  const world = await createWorld({ count: 6, policy: { mode: 'enforce' } });
  stops.push(() => world.stop());
  await world.tick();
  for (const id of world.instanceIds) await world.region.ecs.injectFaults(id, { isCrashed: true });
  await world.pass(60_000);
  const { alerts } = someAlerts({
    channels: [aChannel()],
    variables: { URL_OF_OPS: channelUrl },
    store: world.store,
    settings: { timeoutMs: millis(200), delayMaxMs: millis(300), retryAfterMs: millis(50) },
    clock: new SystemClock(),
  });
  return { world, ports: { ...world.ports, alerts } };
}

async function aRobot(
  reply: Parameters<typeof startChannelServer>[0] = {},
): Promise<ChannelServer> {
  const robot = await startChannelServer(reply);
  stops.push(() => robot.stop());
  return robot;
}

describe('a tick that calls people', () => {
  it('sends the alert, with the words that the log has', async () => {
    const robot = await aRobot();
    const { world, ports } = await aPoolInPanic(robot.url);
    await world.work({ ports });
    const texts = robot.received.map(({ text }) => text).join('\n');
    expect(texts).toContain('CRITICAL web');
    expect(texts).toContain('evenkeel explain --pool web');
  });

  it('is done all the same while the channel hangs: what it changes is what it changes without channels', async () => {
    const robot = await aRobot({ isHanging: true });
    const { world, ports } = await aPoolInPanic(robot.url);
    const startedAt = performance.now();
    const result = await world.work({ ports });
    expect(performance.now() - startedAt).toBeLessThan(5000);
    expect(result).toMatchObject({ kind: 'worked' });
    const plain = await aPoolInPanic(robot.url);
    await plain.world.work();
    expect(world.weights()).toEqual(plain.world.weights());
  });

  it('tells in the next turn what nobody took in this one, also when the cloud cannot be read', async () => {
    const robot = await aRobot({ body: '{"errcode":-1}' });
    const { world, ports } = await aPoolInPanic(robot.url);
    await world.work({ ports });
    const before = robot.received.length;
    expect(before).toBeGreaterThan(0);
    robot.answer({});
    await new Promise((resolve) => setTimeout(resolve, 60)); // the shortest wait of the policy
    world.region.controlPlane.faults.set('internal-error');
    await world.work({ ports });
    expect(robot.received.length).toBeGreaterThan(before);
  });
});
