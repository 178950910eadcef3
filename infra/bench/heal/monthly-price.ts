import { readFileSync } from 'node:fs';
import { estimateWatch } from '../../../shared/config/cost';
import { loadPolicy } from '../../../shared/config/load-policy';
import { millis } from '../../../shared/domain/units';
import { type Contender } from './contenders';

/** Alarms that are assumed to go off in a month where nothing but alarms wakes anybody. */
export const ALARMS_PER_MONTH = 30;
const MONTH_MS = 30 * 86_400_000;

export interface MonthlyPrice {
  readonly price: number;
  readonly currency: string;
}

/** The worker's month under this contender, by the policy's own prices: the estimate that `evenkeel plan` prints. */
export function monthlyPrice({ watch, wakes }: Contender, policyFile: string): MonthlyPrice {
  const loaded = loadPolicy(readFileSync(policyFile, 'utf8'), policyFile);
  const pool = loaded.kind === 'ok' ? loaded.policy.pools[0] : undefined;
  if (loaded.kind !== 'ok' || pool === undefined)
    throw new Error(`${policyFile} is no valid policy`);
  const { prices } = loaded.policy;
  if (watch === null) return { price: 0, currency: prices.currency };
  const deployment =
    wakes === 'alarm'
      ? { ...loaded.policy.deployment, timerEveryMs: millis(MONTH_MS / ALARMS_PER_MONTH) }
      : loaded.policy.deployment;
  const { price, currency } = estimateWatch(watch, { pool, members: 6, deployment, prices });
  return { price, currency };
}
