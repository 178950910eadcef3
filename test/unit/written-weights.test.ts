import { describe, expect, it } from '@jest/globals';
import { type BackendMemory, type WrittenWeight } from '../../shared/domain/memory';
import { instant } from '../../shared/domain/units';
import {
  isLateWrite,
  lastCertainWrite,
  mayBeLastWrite,
  rememberWrite,
  settleWrites,
} from '../../shared/domain/written-weights';

const write = (weight: number, isUncertain?: true): WrittenWeight => ({
  targetKey: 'lb-1/default',
  weight,
  at: instant(weight),
  ...(isUncertain && { isUncertain }),
});
const isOurs = (written: readonly WrittenWeight[], weight: number): boolean =>
  mayBeLastWrite({ written } as unknown as BackendMemory, 'lb-1/default', weight);

describe('which weight may be our last write', () => {
  it('is the newest alone once it is known to have landed', () => {
    const written = [write(10), write(0)];
    expect([10, 0, 50].map((weight) => isOurs(written, weight))).toEqual([true, false, false]);
  });

  it('is also what was written before it while nobody knows', () => {
    const written = [write(32, true), write(10, true), write(0), write(55)];
    expect([32, 10, 0, 55].map((weight) => isOurs(written, weight))).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  it('is none on another attachment, and none where nothing was written', () => {
    expect(isOurs([{ ...write(10), targetKey: 'lb-2/default' }], 10)).toBe(false);
    expect(isOurs([], 10)).toBe(false);
  });

  it('is not forgotten however often a later one is lost', () => {
    const written = Array.from({ length: 20 }).reduce<readonly WrittenWeight[]>(
      (known) => rememberWrite(known, write(10, true)),
      [write(0)],
    );
    expect(written).toHaveLength(2);
    expect(isOurs(written, 0)).toBe(true);
  });
});

describe('a write that may land late', () => {
  const isLate = (written: readonly WrittenWeight[], weight: number): boolean =>
    isLateWrite({ written } as unknown as BackendMemory, 'lb-1/default', weight, instant(100));

  it('is one whose answer was lost, and not one that was read back: that weight is a person’s', () => {
    expect(isLate([write(10), write(0, true)], 0)).toBe(true);
    expect(isLate([write(10), write(0)], 0)).toBe(false);
  });

  it('stays one when another worker has written the same weight since: the first may still be on its way', () => {
    const twice = [20, 60].reduce<readonly WrittenWeight[]>(
      (known, weight) => rememberWrite(known, write(weight)),
      [write(20, true), write(0)],
    );
    expect(isLate(twice, 20)).toBe(true);
    expect(isOurs(twice, 20)).toBe(false);
  });

  it('is never the newest one', () => {
    expect(isLate([write(10, true), write(0)], 10)).toBe(false);
  });
});

describe('a weight that is seen in place', () => {
  const settled = (written: readonly WrittenWeight[], weight: number) =>
    settleWrites(written, 'lb-1/default', weight);

  it('settles the write that may have been the last', () => {
    expect(settled([write(0, true), write(100)], 0)).toEqual([write(0), write(100)]);
    expect(settled([write(32, true), write(10, true), write(0)], 10)).toEqual([
      write(32, true),
      write(10),
      write(0),
    ]);
  });

  it.each<[string, readonly WrittenWeight[], number]>([
    ['an older write, which lands late just now', [write(10), write(0, true)], 0],
    ['another weight', [write(0, true), write(100)], 50],
    ['another place', [{ ...write(0, true), targetKey: 'lb-2/default' }], 0],
  ])('does not settle %s', (_name, written, weight) => {
    expect(settled(written, weight)).toEqual(written);
  });
});

it('the last write that surely landed is looked for behind those that may not have', () => {
  const last = (written: readonly WrittenWeight[]) =>
    lastCertainWrite({ written } as unknown as BackendMemory, 'lb-1/default')?.weight;
  expect([
    last([write(32, true), write(10), write(0)]),
    last([{ ...write(7), targetKey: 'lb-2/default' }, write(0)]),
    last([write(32, true)]),
  ]).toEqual([10, 0, undefined]);
});
