import {
  clock,
  currentSettings,
  openSiteProber,
  refreshSettings,
} from '../../shared/runtime/composition';
import { eventHandler } from '../../shared/runtime/fc-handler';
import { probeInput } from './event';
import { ownLooks } from './own-looks';

/**
 * A vantage: looks at the sites it is given and says what it saw. It decides nothing and remembers nothing. What its own policy does
 * not name it does not look at; such a site has no vote from here.
 */
export const handler = eventHandler({
  clock,
  prepare: refreshSettings,
  schema: probeInput,
  handle: async ({ looks }, { deadline, log }) => {
    const { own, refused } = ownLooks(looks, currentSettings().policy);
    if (refused.length > 0)
      log.warn('asked for sites that the policy here does not name', {
        sites: refused.join(', '),
      });
    return { votes: await openSiteProber().look(own, { deadline }), refused };
  },
});
