import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { ManualClock, realClock } from '../../infra/local/clock';

describe('the manual clock', () => {
  it('runs timers in order of due time, then in order of setting, with now() at their time', async () => {
    const clock = new ManualClock(0);
    const rung: string[] = [];
    clock.after(20, () => rung.push(`c@${clock.now()}`));
    clock.after(10, () => rung.push(`a@${clock.now()}`));
    clock.after(10, () => rung.push(`b@${clock.now()}`));
    await clock.advance(20);
    expect(rung).toEqual(['a@10', 'b@10', 'c@20']);
    expect(clock.pending).toBe(0);
  });

  it('runs timers that timers and promises set, within the same advance', async () => {
    const clock = new ManualClock(0);
    const rung: number[] = [];
    const again = (): void => {
      rung.push(clock.now());
      void Promise.resolve()
        .then(() => Promise.resolve())
        .then(() => clock.after(10, again));
    };
    clock.after(10, again);
    await clock.advance(35);
    expect(rung).toEqual([10, 20, 30]);
    expect(clock.now()).toBe(35);
  });

  it('stands at whole milliseconds only, as every clock that tells the time does', async () => {
    const clock = new ManualClock(0);
    const rung: number[] = [];
    clock.after(0.5, () => rung.push(clock.now()));
    clock.after(10.2, () => rung.push(clock.now()));
    await clock.advance(20);
    expect(rung).toEqual([1, 11]);
  });

  it('does not run what was cancelled or is not due', async () => {
    const clock = new ManualClock(0);
    const rung: string[] = [];
    const cancel = clock.after(10, () => rung.push('cancelled'));
    clock.after(11, () => rung.push('later'));
    cancel();
    await clock.advance(10);
    expect(rung).toEqual([]);
  });
});

describe('the real clock', () => {
  afterEach(() => void jest.useRealTimers());

  it('never rings before its time, though the system’s timer is early, and can be cancelled meanwhile', () => {
    jest.useFakeTimers();
    const clock = realClock();
    const rung: string[] = [];
    clock.after(10, () => rung.push('due'));
    const cancel = clock.after(10, () => rung.push('cancelled'));
    jest.setSystemTime(Date.now() - 1);
    jest.advanceTimersByTime(10);
    expect(rung).toEqual([]);
    cancel();
    jest.advanceTimersByTime(1);
    expect(rung).toEqual(['due']);
  });

  it('waits out spans that the system’s timers cannot hold', () => {
    jest.useFakeTimers();
    const clock = realClock();
    const rung: string[] = [];
    clock.after(2 ** 31, () => rung.push('due'));
    jest.advanceTimersByTime(2 ** 31 - 1);
    expect(rung).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(rung).toEqual(['due']);
  });

  it('calls back once and can be cancelled', async () => {
    const clock = realClock();
    const rung: string[] = [];
    const cancel = clock.after(1, () => rung.push('cancelled'));
    cancel();
    const keepAlive = setTimeout(() => undefined, 1000);
    await new Promise<void>((resolve) => void clock.after(5, resolve));
    clearTimeout(keepAlive);
    expect(rung).toEqual([]);
  });
});
