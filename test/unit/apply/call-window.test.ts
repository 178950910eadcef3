import { describe, expect, it } from '@jest/globals';
import { writeDeadline } from '../../../shared/apply/call-window';
import { type TickRequest } from '../../../shared/domain/tick';
import { instant } from '../../../shared/domain/units';

const request = (deadline: number, leaseEnd: number): TickRequest =>
  ({
    deadline: instant(deadline),
    lease: { expiresAt: instant(leaseEnd) },
  }) as unknown as TickRequest;

describe('the time a write may take', () => {
  it('is ten seconds when nothing ends sooner', () => {
    expect(writeDeadline(request(60_000, 60_000), instant(0))).toBe(10_000);
  });

  it('never outlives the lease, because cloud writes cannot be fenced', () => {
    expect(writeDeadline(request(60_000, 4_000), instant(0))).toBe(4_000);
  });

  it('never outlives the tick', () => {
    expect(writeDeadline(request(3_000, 60_000), instant(0))).toBe(3_000);
  });

  it('is nothing when less than a round trip is left: the write is not sent', () => {
    expect(writeDeadline(request(60_000, 5_000), instant(4_500))).toBeNull();
  });
});
