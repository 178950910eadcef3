import { describe, expect, it } from '@jest/globals';
import { type Fate, Life, UNDISTURBED } from '../../../infra/simulation/life';

/** A process that takes three steps, each of which leaves a trace. */
async function live(fate: Fate): Promise<{ traces: readonly number[]; slept: readonly number[] }> {
  const traces: number[] = [];
  const slept: number[] = [];
  let hasDied = (): void => undefined;
  const death = new Promise<void>((resolve) => (hasDied = resolve));
  const life = new Life(fate, {
    sleep: async (ms) => Promise.resolve(void slept.push(ms)),
    onDeath: () => hasDied(),
  });
  const run = async (): Promise<void> => {
    for (const step of [1, 2, 3]) await life.step(async () => Promise.resolve(traces.push(step)));
  };
  await Promise.race([run(), death]);
  await new Promise((resolve) => setImmediate(resolve));
  return { traces, slept };
}

describe('a life', () => {
  it('takes every step when nothing disturbs it', async () => {
    expect((await live(UNDISTURBED)).traces).toEqual([1, 2, 3]);
  });

  it('does not take the step before which it dies, nor any other after it', async () => {
    expect((await live({ death: { step: 2, isBefore: true }, freeze: null })).traces).toEqual([1]);
  });

  it('has taken the step after which it dies, and none after it', async () => {
    expect((await live({ death: { step: 2, isBefore: false }, freeze: null })).traces).toEqual([
      1, 2,
    ]);
  });

  it('stands still before a step and then takes it all the same', async () => {
    const fate = { death: null, freeze: { step: 2, forMs: 30_000 } };
    expect(await live(fate)).toEqual({ traces: [1, 2, 3], slept: [30_000] });
  });

  it('passes failures on to the living', async () => {
    const life = new Life(UNDISTURBED, {
      sleep: () => Promise.resolve(),
      onDeath: () => undefined,
    });
    await expect(life.step(async () => Promise.reject(new Error('refused')))).rejects.toThrow(
      'refused',
    );
  });

  it('that was ended from outside takes no step', async () => {
    const life = new Life(UNDISTURBED, {
      sleep: () => Promise.resolve(),
      onDeath: () => undefined,
    });
    life.end();
    let taken = false;
    void life.step(async () => Promise.resolve((taken = true)));
    await new Promise((resolve) => setImmediate(resolve));
    expect(taken).toBe(false);
  });
});
