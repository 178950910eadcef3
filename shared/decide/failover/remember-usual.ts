import { type SiteMemory } from '../../domain/failover/name-memory';
import { freshLoad, freshTraffic, type NameScene, type SiteView } from './scene';

/** While it is up and has all of its share, what it carries is what it usually carries; each figure stays until a fresh one comes. */
export function rememberUsual(next: SiteMemory, view: SiteView, { now }: NameScene): SiteMemory {
  const isWhole = view.level === 1000 && view.judgement.verdict === 'up';
  const load = freshLoad(view);
  const traffic = freshTraffic(view);
  if (!isWhole || next.state !== 'serving' || (load === undefined && traffic === undefined))
    return next;
  const before = next.usual;
  return {
    ...next,
    usual: {
      load: load ?? before?.load ?? null,
      traffic: traffic ?? before?.traffic ?? null,
      at: now,
    },
  };
}
