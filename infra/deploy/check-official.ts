import officialSchema from './fc3-schema.json';
import { errorAt, type Finding } from './finding';

/** Steps of 0.05 in binary floating point: 0.35 must count as a multiple. */
const DECIMALS = 6;

/**
 * Holds the props of each resource against the vendor's own schema of component fc3, which knows regions, runtimes and limits, and
 * lets unknown keys and any trigger configuration pass.
 */
export async function checkOfficial(document: unknown): Promise<readonly Finding[]> {
  const { Ajv } = await import('ajv'); // for this command only
  const check = new Ajv({
    strict: false,
    allErrors: true,
    multipleOfPrecision: DECIMALS,
  }).compile(officialSchema);
  return Object.entries(resourcesOf(document)).flatMap(([name, resource]) => {
    if (check(resource?.props)) return [];
    return (check.errors ?? []).map(({ instancePath, message = 'is wrong' }) =>
      errorAt(
        `resources.${name}.props${instancePath.replaceAll('/', '.')}`,
        `the schema of fc3 says: ${message}`,
        'See the props of component fc3; `s` would deploy it all the same.',
      ),
    );
  });
}

const resourcesOf = (document: unknown): Readonly<Record<string, { props?: unknown } | null>> => {
  const { resources } = (document ?? {}) as { resources?: unknown };
  return typeof resources === 'object' && resources !== null
    ? (resources as Record<string, { props?: unknown }>)
    : {};
};
