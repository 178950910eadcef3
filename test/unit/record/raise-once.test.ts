import { afterEach, describe, expect, it } from '@jest/globals';
import { type Alert } from '../../../shared/domain/proposal';
import { alertedKey } from '../../../shared/domain/store-keys';
import { raiseOnce } from '../../../shared/record/raise-once';
import { createWorld, type World } from '../../support/in-process-world';

const worlds: World[] = [];
afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

const alert = (severity: Alert['severity']): Alert => ({
  key: 'guard-frozen',
  severity,
  reason: 'guard-frozen',
  instanceId: null,
  message: 'x',
});

async function severitiesTold(severities: readonly Alert['severity'][], note?: object) {
  const world = await createWorld({ count: 2 });
  worlds.push(world);
  if (note !== undefined)
    await world.store.compareAndSet(alertedKey('web', 'guard-frozen'), note, null);
  for (const severity of severities) {
    await world.pass(1000);
    await raiseOnce('web', alert(severity), world.ports);
  }
  return world.alerts.map(({ severity }) => severity);
}

describe('an alert that was told a moment ago', () => {
  it('is told again at once when it has become more serious', async () => {
    expect(await severitiesTold(['warning', 'warning', 'critical', 'critical'])).toEqual([
      'warning',
      'critical',
    ]);
  });

  it('is not told again when it has become less serious, nor when it goes to and fro', async () => {
    expect(await severitiesTold(['critical', 'warning', 'critical', 'info'])).toEqual(['critical']);
  });

  it('stays told where an older program left a note without severity', async () => {
    const { clock } = await createWorld({ count: 2 }).then((world) => (worlds.push(world), world));
    expect(await severitiesTold(['critical'], { at: clock.now() })).toEqual([]);
  });
});
