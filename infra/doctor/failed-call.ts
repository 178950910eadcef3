import { CloudError } from '../../shared/domain/cloud-error';
import { API_PERMISSIONS } from '../permissions/api-permissions';
import { isDenial } from './check-permissions';
import { type Finding, unwell } from './finding';

/** What a call about alarms came to that failed: a denial names what the person who runs this lacks. Throws what is not the cloud's. */
export function failedCall(
  subject: string,
  what: string,
  error: unknown,
  remedy: string | null = null,
): Finding {
  if (!(error instanceof CloudError)) throw error;
  const { action, code } = error.details;
  const actions = API_PERMISSIONS[`Cms.${action}`]?.actions.join(', ');
  const cure =
    isDenial(error) && actions !== undefined
      ? `Give the person who runs this ${actions}.`
      : 'Try again; see what is said of endpoints and functions.';
  return unwell('alarms', subject, {
    sentence: `${what}: ${action} ended with ${code}.`,
    remedy: remedy === null ? cure : `${remedy} ${cure}`,
  });
}
