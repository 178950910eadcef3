import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { withinDeadline } from '../../../shared/adapters/function-compute/within-deadline';
import { instant } from '../../../shared/domain/units';
import { TestClock } from '../../support/test-clock';

describe('a task within a deadline', () => {
  const clock = new TestClock();
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  beforeEach(() => {
    unhandled.length = 0;
    process.on('unhandledRejection', note);
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
    process.off('unhandledRejection', note);
  });
  /** Nothing is left to wake up for, nor was anything rejected that nobody waited for, also after the deadline. */
  const isQuiet = async (): Promise<void> => {
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).toEqual([]);
  };

  it('that throws before it waits leaves neither timer nor rejection behind', async () => {
    const broken = withinDeadline(clock, clock.in(5_000), () => {
      throw new Error('before it waits');
    });
    await expect(broken).rejects.toThrow('before it waits');
    await isQuiet();
  });

  it('that is done leaves nothing behind, and is told how long it has', async () => {
    const done = withinDeadline(clock, clock.in(5_000), (spanMs) => Promise.resolve(spanMs));
    expect(await done).toBe(5_000);
    await isQuiet();
  });

  it('that fails after its time has passed is heard by nobody', async () => {
    let fail: (reason: Error) => void = () => undefined;
    const slow = withinDeadline(
      clock,
      clock.in(5_000),
      () => new Promise((_resolve, reject) => void (fail = reject)),
    );
    const timedOut = expect(slow).rejects.toMatchObject({
      details: { code: 'Timeout', isAmbiguous: true },
    });
    await jest.advanceTimersByTimeAsync(5_000);
    await timedOut;
    fail(new Error('too late'));
    await isQuiet();
  });

  it('is not begun when no time is left', async () => {
    const begun: number[] = [];
    const late = withinDeadline(clock, { deadline: instant(clock.now()) }, (spanMs) =>
      Promise.resolve(void begun.push(spanMs)),
    );
    await expect(late).rejects.toMatchObject({ details: { isAmbiguous: false } });
    expect(begun).toEqual([]);
    await isQuiet();
  });
});
