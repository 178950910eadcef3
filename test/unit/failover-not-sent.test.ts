import { describe, expect, it } from '@jest/globals';
import { domainSlot } from '../../shared/domain/store-keys';
import { millis } from '../../shared/domain/units';
import { aNamePolicy } from '../support/name-builders';
import { createLiveName, type LiveName } from '../support/name-world';

const HOLD = aNamePolicy().holdDownMs / 1000;

const told = ({ alerts }: LiveName): readonly string[] =>
  alerts
    .filter(({ reason }) => reason === 'move-not-sent')
    .map(({ severity, message }) => `${severity} ${message}`);

/** Another worker keeps the write slot of the domain, and does not give it back. */
async function keepSlot({ store }: LiveName, seconds: number): Promise<void> {
  const lease = await store.acquireLease(
    domainSlot('example.com'),
    'other',
    millis(seconds * 1000),
  );
  if (lease === null) throw new Error('the slot was taken');
}

describe('a move that is planned and not sent', () => {
  it('is told when it was not sent in the third look in a row, with why', async () => {
    const name = createLiveName();
    await name.watch(30);
    name.kill('a');
    await name.watch(HOLD - 15);
    await keepSlot(name, 900);
    const isPlanned = (): boolean =>
      name.ticks.at(-1)?.plan.steps.some(({ kind }) => kind === 'pause-record') === true;
    while (!isPlanned()) await name.tick();
    await name.tick();
    expect(told(name)).toEqual([]);
    await name.tick();
    expect(name.shown()[0]).toBe('a default on');
    expect(told(name)).toEqual([
      expect.stringMatching(
        /^critical www: a: pause record \S+ on line default was not sent in 3 looks in a row: another worker kept the write slot/u,
      ),
    ]);
  });

  it('is forgotten once it was sent, and a hindrance that passes is not told', async () => {
    const name = createLiveName();
    await name.watch(30);
    name.kill('a');
    await name.watch(HOLD - 15);
    await keepSlot(name, 90);
    await name.watch(180);
    expect(name.shown()[0]).toMatch(/^a default off/u);
    expect(told(name)).toEqual([]);
    expect(Object.keys((await name.memory()).unsent ?? {})).toEqual([]);
  });
});
