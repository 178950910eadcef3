import { freshValue } from '../../domain/reading';
import { seconds } from '../describe';
import { type NameScene, type SiteView } from './scene';

/** How long clients keep the answers that they have. */
export const longestTtlMs = ({ records }: Pick<SiteView, 'records'>): number =>
  Math.max(0, ...records.map(({ ttlSeconds }) => ttlSeconds)) * 1000;

/** Says of a site that a shift takes longer than the policy counts on; empty where it does not. */
export function remarkOnTtl(view: SiteView, { name, policy }: NameScene): string {
  const foundMs = longestTtlMs(view);
  if (foundMs <= policy.ttlSeconds * 1000) return '';
  const isLeast = (freshValue(name.minimumTtlSeconds) ?? 0) * 1000 === foundMs;
  const why = isLeast ? ', the least that the domain’s edition allows' : '';
  return `; its records have a TTL of ${seconds(foundMs)}${why}, the policy has ${seconds(policy.ttlSeconds * 1000)}: clients follow only within ${seconds(foundMs)}`;
}
