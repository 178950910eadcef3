import { createHash } from 'node:crypto';

/** JSON with sorted keys and no spaces, so that equal values have equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** SHA-256 of the canonical JSON, in hex: stands in every tick, so that it is known which policy decided. */
export const policyHash = (policy: unknown): string =>
  createHash('sha256').update(canonicalJson(policy)).digest('hex');
