/** Since when something has been the way it is, by key: what lasted is knowledge, what just began may not be known to anybody. */
export class SinceWhen<Value> {
  private readonly known = new Map<string, { readonly value: Value; readonly since: number }>();

  /** The first sighting says nothing of before: it counts from `at`. */
  note(key: string, value: Value, at: number): void {
    const before = this.known.get(key);
    if (before === undefined || before.value !== value) this.known.set(key, { value, since: at });
  }

  /** How long it has had this value without a break; 0 while it has another one. */
  lasted(key: string, value: Value, at: number): number {
    const found = this.known.get(key);
    return found?.value === value ? at - found.since : 0;
  }

  value(key: string): Value | undefined {
    return this.known.get(key)?.value;
  }
}
