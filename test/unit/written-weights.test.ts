import { describe, expect, it } from '@jest/globals';
import { type BackendMemory, type WrittenWeight } from '../../shared/domain/memory';
import { instant } from '../../shared/domain/units';
import { mayBeLastWrite, rememberWrite } from '../../shared/domain/written-weights';

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
