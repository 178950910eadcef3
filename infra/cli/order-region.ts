import { readLocalAdmin } from './local-endpoints';
import { UserError } from './user-error';

const PATIENCE_MS = 10_000;

/**
 * Orders something of the local region whose endpoints are in `file`, of several the one with that id. Throws `UserError` when it cannot
 * be reached or refuses.
 */
export async function orderRegion(
  file: string,
  path: '/faults' | '/settings' | '/region',
  body: object,
  regionId?: string,
): Promise<void> {
  const { admin, accessKeySecret } = readLocalAdmin(file, regionId);
  const response = await fetch(`${admin}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${accessKeySecret}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).catch((error: unknown) => {
    throw new UserError('unreachable', `The local region of ${file} does not answer at ${admin}.`, [
      error instanceof Error ? error.message : String(error),
    ]);
  });
  if (!response.ok) throw new UserError('problem', await refusalOf(response));
}

async function refusalOf(response: Response): Promise<string> {
  const text = await response.text();
  const message = /"ErrorMessage":"([^"]*)"/.exec(text)?.[1];
  return message ?? `The local region answered ${response.status}.`;
}
