import { type RecordChange } from './call-effects';

/** Traffic that comes back begins with little: the record is enabled first, and lowered right after. */
const BEGIN_MS = 120_000;

/**
 * Which records are on their way back, by what was written to them: from our enabling, or our first raise of what a person enabled,
 * until they have all of their weight, or are off.
 */
export class GivenBack {
  /** By record: when we enabled it, or began to raise it. */
  private readonly since = new Map<string, number>();
  /** By record: what it weighed before we lowered it. */
  private readonly wholes = new Map<string, number>();

  note({ before, after }: RecordChange, isOurs: boolean, at: number): void {
    const { recordId } = before;
    const [from, to] = [before.weight ?? 1, after.weight ?? 1];
    const whole = this.wholes.get(recordId) ?? 0;
    if (!after.isEnabled) this.since.delete(recordId);
    if (!isOurs) return;
    if (to < from) this.wholes.set(recordId, Math.max(from, whole));
    if (!before.isEnabled && after.isEnabled) this.since.set(recordId, at);
    else if (to > from && after.isEnabled) this.noteRaise(recordId, to >= whole, at);
  }

  private noteRaise(recordId: string, isWhole: boolean, at: number): void {
    if (!isWhole) {
      if (!this.since.has(recordId)) this.since.set(recordId, at);
      return;
    }
    this.since.delete(recordId);
    this.wholes.delete(recordId);
  }

  /** Less weight for a record on its way back. */
  isTaken({ before, after }: RecordChange): boolean {
    return after.isEnabled && this.since.has(before.recordId);
  }

  /** It was enabled just now. */
  isBeginning({ before }: RecordChange, at: number): boolean {
    return at - (this.since.get(before.recordId) ?? -Infinity) <= BEGIN_MS;
  }
}
