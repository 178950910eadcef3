import { type InstanceFacts } from '../domain/instance';
import { TAG_PREFIX } from '../domain/store-keys';

/** Only tags that mean something here are kept, ours and the membership policy’s: others are nobody's business and may hold secrets. */
export const withOurTags = (facts: InstanceFacts, memberKey?: string): InstanceFacts => ({
  ...facts,
  tags: Object.fromEntries(
    Object.entries(facts.tags).filter(([key]) => key.startsWith(TAG_PREFIX) || key === memberKey),
  ),
});
