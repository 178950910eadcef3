import { type CloudError } from '../domain/cloud-error';
import { type Alert } from '../domain/proposal';
import { type Ports } from '../ports/ports';
import { raiseOnce } from './raise-once';

/** Whom the alert is about: everybody has the same calls. */
const ACCOUNT = 'account';

/**
 * A look that did not come about because the account's calls are used up by others of ours: its turn comes with the next timer. People
 * are told once in a quarter of an hour for all that share the calls, not once for each of thousands.
 */
export async function tellBudgetSpent(
  subject: string,
  { details: { action } }: CloudError,
  ports: Pick<Ports, 'store' | 'alerts' | 'clock' | 'log'>,
): Promise<void> {
  ports.log.warn('the account’s calls are used up; its turn comes later', { subject, action });
  const alert: Alert = {
    key: 'api-budget',
    severity: 'warning',
    reason: 'api-budget',
    instanceId: null,
    message: `${action}: all workers together need more calls than the account may make, so that some wait for their turn. Raise deployment.callsPerMinute if the quota allows it, or split the pools over accounts.`,
  };
  await raiseOnce(ACCOUNT, alert, ports);
}
