import { describe, expect, it } from '@jest/globals';
import { StoreClock } from '../../../shared/adapters/system/store-clock';
import { type Instant, instant, millis, plus } from '../../../shared/domain/units';
import { StoreUnavailable } from '../../../shared/ports/state-store';
import { followIfThere } from '../../../shared/runtime/follow-if-there';
import { TestClock } from '../../support/test-clock';

const NOON = instant(Date.parse('2026-11-21T12:00:00Z'));

/** A machine whose clock is five minutes ahead of the store’s, whose answers take so long. */
function aMachine(tripMs = 0) {
  const truth = new TestClock(NOON);
  let aheadMs = 300_000;
  const wall = {
    now: () => plus(truth.now(), aheadMs),
    sleep: async (span: number) => truth.sleep(millis(span)),
  };
  let elapsed = 7;
  const pass = (spanMs: number): void => {
    truth.advance(spanMs);
    elapsed += spanMs;
  };
  const store = {
    tellTime: async (): Promise<Instant> => {
      pass(tripMs / 2);
      const told = truth.now();
      pass(tripMs / 2);
      return Promise.resolve(told);
    },
  };
  const set = (ms: number): void => {
    aheadMs = ms;
  };
  return { truth, store, pass, set, clock: new StoreClock({ wall, elapsed: () => elapsed }) };
}

describe('a clock that goes by the store’s', () => {
  it('goes by the machine’s until it has asked, and says by how much that put it back', async () => {
    const { clock, store, truth } = aMachine();
    expect(clock.now()).toBe(plus(NOON, 300_000));
    expect(await clock.follow(store)).toBe(-300_000);
    expect(clock.now()).toBe(truth.now());
    expect(await clock.follow(store)).toBe(0);
  });

  it('takes an answer to be as old as half of the way there and back', async () => {
    const { clock, store, truth } = aMachine(800);
    await clock.follow(store);
    expect(clock.now()).toBe(truth.now());
  });

  it('does not go back when the machine’s is set back, and is ahead at most when that is set ahead', async () => {
    const { clock, store, truth, pass, set } = aMachine();
    await clock.follow(store);
    set(-200_000);
    pass(10_000);
    expect(clock.now()).toBe(truth.now());
    set(400_000);
    pass(1_000);
    expect(clock.now()).toBe(plus(truth.now(), 100_000));
    await clock.follow(store);
    expect(clock.now()).toBe(truth.now());
  });

  it('counts the time in which its process stood still and counted nothing itself', async () => {
    const { clock, store, truth } = aMachine();
    await clock.follow(store);
    truth.advance(60_000);
    expect(clock.now()).toBe(truth.now());
  });

  it('goes on as before where the store does not answer, and tells any other fault', async () => {
    const { clock } = aMachine();
    const before = clock.now();
    const down = { tellTime: async () => Promise.reject(new StoreUnavailable('down')) };
    await expect(clock.follow(down)).rejects.toThrow(StoreUnavailable);
    expect(await followIfThere(clock, down)).toBe(0);
    expect(clock.now()).toBe(before);
    const broken = { tellTime: async () => Promise.reject(new TypeError('broken')) };
    await expect(followIfThere(clock, broken)).rejects.toThrow(TypeError);
    expect(await followIfThere(new TestClock(), down)).toBe(0);
  });
});
