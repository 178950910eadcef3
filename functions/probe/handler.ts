import { clock, openSiteProber } from '../../shared/runtime/composition';
import { eventHandler } from '../../shared/runtime/fc-handler';
import { probeInput } from './event';

/** A vantage: looks at the sites it is given and says what it saw. It decides nothing and remembers nothing. */
export const handler = eventHandler({
  clock,
  schema: probeInput,
  handle: async ({ looks }, { deadline }) => ({
    votes: await openSiteProber().look(looks, { deadline }),
  }),
});
