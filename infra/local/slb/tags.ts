import { slbError } from './errors';
import { type TagInput } from './parameters';

const TAGS_PER_RESOURCE = 20;

/** Tags of load balancers, listeners and VServer groups, by resource id. */
export class TagStore {
  private readonly resources = new Map<string, Map<string, string>>();

  of(resourceId: string): ReadonlyMap<string, string> {
    return this.resources.get(resourceId) ?? new Map();
  }

  /** Throws `VendorError` TagCountLimit; then nothing was tagged. */
  add(resourceIds: readonly string[], tags: readonly TagInput[]): void {
    const merged = resourceIds.map(
      (id) =>
        [
          id,
          new Map([...this.of(id), ...tags.map(({ key, value }) => [key, value ?? ''] as const)]),
        ] as const,
    );
    if (merged.some(([, all]) => all.size > TAGS_PER_RESOURCE)) throw slbError.tooManyTags();
    for (const [id, all] of merged) this.resources.set(id, all);
  }

  /** Removes the named keys, or every tag when `keys` is null. */
  remove(resourceIds: readonly string[], keys: readonly string[] | null): void {
    for (const id of resourceIds) {
      if (keys === null) this.resources.delete(id);
      else for (const key of keys) this.resources.get(id)?.delete(key);
    }
  }

  /** Whether the resource carries all of `tags`; a tag without a value asks only for its key. */
  matches(resourceId: string, tags: readonly TagInput[]): boolean {
    const own = this.of(resourceId);
    return tags.every(
      ({ key, value }) => own.has(key) && (value === undefined || own.get(key) === value),
    );
  }
}
