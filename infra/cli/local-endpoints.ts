import { z } from 'zod';
import { readJson, readText } from './read-file';
import { UserError } from './user-error';

/** What `evenkeel local up --json` prints, as far as the other commands need it. */
const endpointsSchema = z.object({
  openapi: z.string().min(1),
  accessKeyId: z.string().min(1),
  accessKeySecret: z.string().min(1),
  regionId: z.string().min(1),
  /** Where functions are called; null while there are none. */
  fc: z.string().min(1).nullable().default(null),
  accountId: z.string().default(''),
  /** Where its faults are ordered. */
  admin: z.url().optional(),
});

type LocalEndpoints = z.output<typeof endpointsSchema>;

/** The local regions that a command works against, instead of the cloud. */
export interface LocalCloud {
  readonly file: string;
  /** At least one. */
  readonly regions: readonly LocalEndpoints[];
}

/** Reads what `evenkeel local up --json` printed, a line for each region. Throws `UserError`. */
export function readLocalCloud(file: string): LocalCloud {
  const parsed = z.array(endpointsSchema).min(1).safeParse(readDocuments(file));
  const ids = new Set(parsed.data?.map(({ regionId }) => regionId));
  if (!parsed.success)
    throw new UserError('usage', `${file} is not what \`evenkeel local up --json\` prints.`);
  if (ids.size === parsed.data.length) return { file, regions: parsed.data };
  throw new UserError('usage', `${file} names a region twice.`);
}

/** The only local region stands for every region; of several, each for itself. Throws `UserError` when there is none of that id. */
export function endpointsIn({ file, regions }: LocalCloud, regionId: string): LocalEndpoints {
  const [only, ...others] = regions;
  const found = others.length === 0 ? only : regions.find((one) => one.regionId === regionId);
  if (found !== undefined) return found;
  const known = regions.map((one) => one.regionId).join(', ');
  throw new UserError('usage', `${file} has no region ${regionId}; it has ${known}.`);
}

/** Where faults of a region are ordered; of several, one must be named. Throws `UserError`. */
export function readLocalAdmin(
  file: string,
  regionId?: string,
): Pick<LocalEndpoints, 'accessKeySecret'> & { readonly admin: string } {
  const cloud = readLocalCloud(file);
  const [only, ...others] = cloud.regions;
  if (regionId === undefined && others.length > 0)
    throw new UserError('usage', `${file} has several regions; this is done in one alone.`);
  const { admin, accessKeySecret } = endpointsIn(cloud, regionId ?? only?.regionId ?? '');
  if (admin !== undefined) return { admin, accessKeySecret };
  throw new UserError('usage', `${file} is not what \`evenkeel local up --json\` prints.`);
}

/** One document, a list of them, or one on each line. */
function readDocuments(file: string): unknown {
  const lines = readText(file)
    .split('\n')
    .filter((line) => line.trim() !== '');
  const onLines = lines.map(parsedOrUndefined);
  if (!onLines.includes(undefined)) return onLines.flat();
  return [readJson(file)].flat();
}

function parsedOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
