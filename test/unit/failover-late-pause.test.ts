import { describe, expect, it } from '@jest/globals';
import { CloudError } from '../../shared/domain/cloud-error';
import { aNamePolicy } from '../support/name-builders';
import { watchNamePorts } from '../support/name-crashes';
import { createLiveName, type LiveName } from '../support/name-world';

const HOLD = aNamePolicy().holdDownMs / 1000;
const FRESH = aNamePolicy().verdict.freshMs / 1000;
const BACK = aNamePolicy().failback.holdMs / 1000;

/** A site was down for its hold, nobody knows what became of the pause, and the site is up again and serves. */
async function unanswered(): Promise<LiveName> {
  const name = createLiveName();
  await name.watch(60);
  name.kill('a');
  await name.watch(HOLD);
  const lost = watchNamePorts(name.ports, async (call, proceed) => {
    if (call.name !== 'dns.setEnabled') return proceed();
    throw new CloudError({
      ...{ action: 'SetDomainRecordStatus', code: 'Timeout', reaction: 'retry' },
      ...{ isAmbiguous: true, message: 'no answer in time' },
    });
  });
  await name.work({ ports: lost });
  name.kill();
  return name;
}
const turnOff = (name: LiveName): void =>
  name.person((model) => model.setEnabled(name.recordId('a'), false));
const reasons = (name: LiveName) => new Set(name.alerts.map(({ reason }) => reason));

/** Of a pause that lands late and a person's nothing tells which is which but the time: the doubt is the person's. */
describe('a pause whose answer was lost', () => {
  it('is ours when it lands while it still can: the site comes back by itself', async () => {
    const name = await unanswered();
    await name.watch(15);
    turnOff(name);
    await name.watch(2 * BACK + 600);
    expect(name.shown()).toEqual(['a default on', 'b default on']);
    expect(reasons(name)).not.toContain('site-paused-by-person');
  });

  it('counts as a person’s when the site has long been back in full: it stays, people are told, and the name goes on', async () => {
    const name = await unanswered();
    await name.watch(2 * FRESH);
    expect((await name.memory()).sites['a']?.state).toBe('serving');
    turnOff(name);
    await name.watch(BACK + 600);
    expect(name.shown()).toEqual(['a default off', 'b default on']);
    expect(name.emptied).toEqual([]);
    expect(reasons(name)).toContain('site-paused-by-person');
    name.person((model) => model.setEnabled(name.recordId('a'), true));
    await name.watch(60);
    expect((await name.memory()).sites['a']?.state).toBe('serving');
  });

  it('counts as a person’s when it comes after it could have landed, though nobody looked meanwhile', async () => {
    const name = await unanswered();
    await name.watch(30);
    await name.pass(90_000);
    turnOff(name);
    await name.pass(60_000);
    await name.watch(60);
    expect(name.shown()).toEqual(['a default off', 'b default on']);
    expect(reasons(name)).toContain('site-paused-by-person');
  });

  it('that lands on the last record of the line is undone in the same look, whoever it was', async () => {
    const name = await unanswered();
    await name.watch(2 * FRESH);
    name.person((model) => model.setEnabled(name.recordId('b'), false));
    turnOff(name);
    await name.watch(15);
    expect(name.shown().filter((one) => one.endsWith(' on'))).not.toEqual([]);
  });
});

/** Where a person's remark stands there is no place for our note. */
describe('a pause that could not be noted on the record', () => {
  async function pausedWithoutNote(): Promise<LiveName> {
    const name = createLiveName();
    name.person((model) => model.setRemark(name.recordId('a'), 'mine'));
    await name.watch(60);
    name.kill('a');
    await name.watch(HOLD + 60);
    expect(name.shown()).toEqual(['a default off [mine]', 'b default on']);
    name.kill();
    return name;
  }

  it('is ours as long as nobody changed the record after it', async () => {
    const name = await pausedWithoutNote();
    await name.pass(600_000);
    await name.watch(2 * BACK + 600);
    expect(name.shown()).toEqual(['a default on [mine]', 'b default on']);
  });

  it('is a person’s who enabled it and paused it again while nobody looked', async () => {
    const name = await pausedWithoutNote();
    await name.pass(240_000);
    name.person((model) => model.setEnabled(name.recordId('a'), true));
    await name.pass(240_000);
    turnOff(name);
    await name.watch(2 * BACK + 600);
    expect(name.shown()).toEqual(['a default off [mine]', 'b default on']);
  });
});
