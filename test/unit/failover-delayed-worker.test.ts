import { describe, expect, it } from '@jest/globals';
import { CloudError } from '../../shared/domain/cloud-error';
import { type NamePolicy } from '../../shared/domain/failover/name-policy';
import { millis } from '../../shared/domain/units';
import { type NamePorts } from '../../shared/ports/name-ports';
import { aNamePolicy } from '../support/name-builders';
import { watchNamePorts } from '../support/name-crashes';
import { createLiveName, type LiveName } from '../support/name-world';

const HOLD = aNamePolicy().holdDownMs / 1000;
const TEN_MINUTES = 600_000;
const INTENT = 'store.compareAndSet name-memory';

async function aDue(policy: Partial<NamePolicy> = {}): Promise<LiveName> {
  const name = createLiveName({ policy });
  await name.watch(60);
  name.kill('a');
  await name.watch(HOLD);
  return name;
}

/** A worker that stands still at its first call of this name for as long as `meanwhile` takes. */
function halted(
  name: LiveName,
  call: string,
  where: 'before' | 'after',
  meanwhile: () => Promise<void>,
): NamePorts {
  let isDone = false;
  return watchNamePorts(name.ports, async (each, proceed) => {
    const isHere = !isDone && `${each.name} ${String(each.arguments[0])}`.startsWith(call);
    if (!isHere) return proceed();
    isDone = true;
    if (where === 'before') {
      await meanwhile();
      return proceed();
    }
    const reply = await proceed();
    await meanwhile();
    return reply;
  });
}

/** Looks of another worker, its lease taken over. */
async function successor(name: LiveName, ms: number): Promise<void> {
  for (const end = name.clock.now() + ms; name.clock.now() < end;) {
    await name.work({ holder: 'successor' });
    await name.pass(15_000);
  }
}

describe('A39: a worker that is ten minutes late', () => {
  it.each([
    [INTENT, 'before'],
    [INTENT, 'after'],
    ['store.acquireLease domain', 'after'],
    ['dns.describeRecords', 'before'],
    ['store.compareAndSet failover', 'after'],
    ['dns.setRemark', 'after'],
  ] as const)(
    '%s (%s it): its old plan is not sent once another has looked',
    async (call, where) => {
      const name = await aDue();
      let before: readonly string[] = [];
      let shown: readonly string[] = [];
      const ports = halted(name, call, where, async () => {
        name.kill();
        await name.pass(60_000);
        await successor(name, TEN_MINUTES);
        // What nobody may do now: pause the record of a site that has long been up.
        before = [...name.changes];
        shown = name.shown();
      });
      await name.work({ ports });
      expect(name.changes.slice(before.length)).toEqual([]);
      expect(name.shown()).toEqual(shown);
      expect(shown.filter((one) => one.startsWith('a default on'))).toHaveLength(1);
      expect(name.emptied).toEqual([]);
      const memory = await name.memory();
      expect(memory.sites['a']?.state).toBe('serving');
    },
  );

  it('whose lease is gone with the store: what another worker has seen meanwhile counts, not its old plan', async () => {
    for (const call of [INTENT, 'store.acquireLease domain', 'dns.setRemark']) {
      const name = await aDue();
      let before = 0;
      const ports = halted(name, call, 'after', async () => {
        name.kill();
        name.loseStore();
        await name.work({ holder: 'successor' });
        before = name.changes.length;
      });
      await name.work({ ports });
      expect(name.changes.slice(before)).toEqual([]);
      expect(name.shown()[0]).toMatch(/^a default on/);
    }
  });

  it('whose pause lands after all, when the other site is out: the name is empty, and is repaired in the next look', async () => {
    const name = await aDue({ velocity: { moves: 2, windowMs: millis(3_600_000) } });
    const lost = watchNamePorts(name.ports, async (call, proceed) => {
      if (call.name !== 'dns.setEnabled') return proceed();
      throw new CloudError({
        ...{ action: 'SetDomainRecordStatus', code: 'Timeout', reaction: 'retry' },
        ...{ isAmbiguous: true, message: 'no answer in time' },
      });
    });
    await name.work({ ports: lost });
    expect(name.shown()[0]).toMatch(/^a default on/);
    // It is up again; then the other one dies, and is paused.
    name.kill();
    await name.watch(60);
    name.kill('b');
    await name.watch(HOLD + 30);
    expect(name.shown()[1]).toMatch(/^b default off/);
    name.person((model) => model.setEnabled(name.recordId('a'), false));
    const { outcome } = await name.tick();
    expect(name.shown()[0]).toMatch(/^a default on/);
    expect(outcome.steps.some(({ result }) => result.kind === 'done')).toBe(true);
    expect(name.alerts.some(({ reason }) => reason === 'record-empty')).toBe(true);
  });

  it('and a person who races both of them: no line is left without a record for longer than a look', async () => {
    for (const call of ['dns.setRemark', 'dns.setEnabled', 'store.acquireLease domain']) {
      const name = await aDue();
      const ports = halted(name, call, 'before', async () => {
        await name.pass(60_000);
        await successor(name, 60_000);
        name.person((model) => model.setEnabled(name.recordId('b'), false));
        await successor(name, TEN_MINUTES);
      });
      await name.work({ ports });
      await successor(name, 60_000);
      expect(name.shown().filter((one) => one.includes(' on'))).not.toEqual([]);
      expect(name.emptied).toEqual([]);
    }
  });
});
