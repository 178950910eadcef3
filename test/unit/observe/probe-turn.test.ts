import { describe, expect, it } from '@jest/globals';
import { type BackendMemory, EMPTY_MEMORY, type PoolMemory } from '../../../shared/domain/memory';
import { type ProbePolicy } from '../../../shared/domain/policy';
import { probeTurn } from '../../../shared/domain/probe-turn';
import { millis } from '../../../shared/domain/units';

const policy: ProbePolicy = {
  path: '/',
  timeoutMs: millis(1000),
  windowMs: millis(2500),
  perWindow: 10,
  budgetPerWindow: 40,
  concurrency: 10,
};
const ids = Array.from({ length: 10 }, (_, index) => `i-${index}`);

const chosen = (instanceIds: readonly string[], settings: ProbePolicy, memory: PoolMemory) =>
  probeTurn(instanceIds, settings, memory).chosen;

describe('who is probed in a window', () => {
  it('is everybody while the budget lasts', () => {
    expect(chosen(ids.slice(0, 4), policy, EMPTY_MEMORY)).toEqual(ids.slice(0, 4));
  });

  it('rotates through a pool that is larger than the budget, so that everybody has a turn', () => {
    const seen = new Set<string>();
    for (let cursor = 0; cursor < 12; cursor += 4)
      for (const id of chosen(ids, policy, { ...EMPTY_MEMORY, probeCursor: cursor })) seen.add(id);
    expect([...seen].sort()).toEqual(ids);
  });

  it('never exceeds the budget', () => {
    expect(chosen(ids, policy, EMPTY_MEMORY)).toHaveLength(4);
  });

  it('looks first at those under suspicion, but leaves half of the budget to the others', () => {
    const suspect = { state: 'suspect', badStreak: 1, outlierStreak: 0 } as BackendMemory;
    const memory = {
      ...EMPTY_MEMORY,
      backends: { 'i-9': suspect, 'i-8': suspect, 'i-7': suspect },
    };
    expect(chosen(ids, policy, memory)).toEqual(['i-7', 'i-8', 'i-0', 'i-1']);
  });

  it('gives everybody a turn though some are under suspicion all the time', () => {
    const suspect = { state: 'suspect', badStreak: 1, outlierStreak: 0 } as BackendMemory;
    let memory: PoolMemory = { ...EMPTY_MEMORY, backends: { 'i-0': suspect, 'i-1': suspect } };
    const seen = new Set<string>();
    for (let turn = 0; turn < 6; turn += 1) {
      const { chosen: now, nextCursor } = probeTurn(ids, policy, memory);
      for (const id of now) seen.add(id);
      memory = { ...memory, probeCursor: nextCursor };
    }
    expect([...seen].sort()).toEqual(ids);
  });

  it('gives everybody a turn on a budget of one backend, whoever is under suspicion', () => {
    const suspect = { state: 'suspect', badStreak: 1, outlierStreak: 0 } as BackendMemory;
    let memory: PoolMemory = { ...EMPTY_MEMORY, backends: { 'i-3': suspect } };
    const seen = new Set<string>();
    for (let turn = 0; turn < 10; turn += 1) {
      const { chosen: now, nextCursor } = probeTurn(ids, { ...policy, budgetPerWindow: 5 }, memory);
      for (const id of now) seen.add(id);
      memory = { ...memory, probeCursor: nextCursor };
    }
    expect([...seen].sort()).toEqual(ids);
  });
});
