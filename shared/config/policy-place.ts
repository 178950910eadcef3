import { z } from 'zod';
import { type FleetPolicy } from './fleet-policy';
import { storeSchema } from './fleet-schema';
import { regionText } from './identifiers';
import { pathText, problemText, type PolicyProblem } from './problem';
import { readYaml } from './yaml-file';

/** Where a deployment finds its policy: in this store, and for this region. */
export interface PolicyPlace {
  readonly regionId: string;
  readonly store: FleetPolicy['store'];
}

export type PolicyPlaceReading =
  | { readonly kind: 'ok'; readonly place: PolicyPlace }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

/** Open, unlike the policy: whatever else the file says was read by whoever pushed it. */
const placeSchema = z.object({
  version: z.literal(1, { error: 'must be 1' }),
  region: regionText(),
  store: storeSchema,
});

/**
 * Reads no more of a policy file than where the store is. Never throws.
 *
 * Example: readPolicyPlace('version: 1\nregion: cn-hangzhou', 'e.yaml') has the file store beside the file.
 */
export function readPolicyPlace(text: string, fileName: string): PolicyPlaceReading {
  const { file, problems } = readYaml(text, fileName);
  if (file === null || problems.length > 0)
    return { kind: 'invalid', problems: problems.map(problemText) };
  const parsed = placeSchema.safeParse(file.data);
  if (parsed.success)
    return { kind: 'ok', place: { regionId: parsed.data.region, store: parsed.data.store } };
  const found = parsed.error.issues.map(({ path, message }): PolicyProblem => {
    const at = { file: fileName, ...file.placeOf(path), path: pathText(path) };
    return { ...at, code: 'wrong-value', message };
  });
  return { kind: 'invalid', problems: found.map(problemText) };
}
