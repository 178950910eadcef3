import { nameOneOf, nameRules, type NameUnderLint } from './lint-name-rule';
import { remarkIf } from './lint-rule';

const VANTAGE_REGIONS_MIN = 3;

const vantageRegions = ({ name }: Pick<NameUnderLint, 'name'>): readonly string[] => [
  ...new Set(name.vantages.map(({ regionId }) => regionId)),
];

const outsideOf = (subject: Pick<NameUnderLint, 'name'>, regionId: string): number =>
  vantageRegions(subject).filter((one) => one !== regionId).length;

/** The site with the fewest vantages outside its region. */
const leastSeen = (subject: Pick<NameUnderLint, 'name'>) =>
  subject.name.sites
    .map((site) => ({ site, outside: outsideOf(subject, site.regionId) }))
    .sort((a, b) => a.outside - b.outside)[0];

/** Whether those who judge a site stand far enough from it, and from each other. */
export const VOTE_RULES = nameRules([
  {
    code: 'name-home-serves',
    severity: 'error',
    about: 'The home region serves the name: were it lost, nobody could pause it.',
    check: ({ name: { homeRegionId, sites } }) =>
      sites.flatMap(({ name, regionId }, index) =>
        remarkIf(regionId === homeRegionId, () => ({
          at: ['sites', index, 'region'],
          sentence: `The site ${name} stands in ${homeRegionId}, the home region: were it lost, nobody could pause it.`,
          remedy: 'Set failover.home to a region that serves none of the names.',
        })),
      ),
  },
  {
    code: 'too-few-vantages',
    severity: 'error',
    about: 'Fewer than three regions look at the sites: one that loses its way would decide.',
    check: (subject) =>
      remarkIf(vantageRegions(subject).length < VANTAGE_REGIONS_MIN, () => ({
        at: ['vantages'],
        sentence: `The sites are looked at from ${vantageRegions(subject).length} of the ${VANTAGE_REGIONS_MIN} regions that a verdict needs at least.`,
        remedy: 'Name more regions; they need a probe function and no site.',
      })),
  },
  {
    code: 'vantage-repeated',
    severity: 'error',
    about: 'A region that is named twice still has one vote.',
    check: ({ name: { vantages } }) =>
      vantages.flatMap(({ regionId }, index) =>
        remarkIf(vantages.findIndex((one) => one.regionId === regionId) < index, () => ({
          at: ['vantages', index],
          sentence: `${regionId} is a vantage already and has one vote.`,
          remedy: 'Name another region, or remove it.',
        })),
      ),
  },
  {
    code: 'too-few-outside-vantages',
    severity: 'error',
    about: 'Outside a site’s region stand fewer vantages than its quorum: it could never be down.',
    check: (subject) => {
      const least = leastSeen(subject);
      const { quorum } = subject.name.verdict;
      if (least === undefined || least.outside >= quorum) return [];
      return [
        {
          at: ['vantages'],
          sentence: `Only ${least.outside} of the vantages stand outside ${least.site.regionId}, and ${quorum} must agree that ${least.site.name} is down.`,
          remedy: 'Name more regions, or lower verdict.quorum.',
        },
      ];
    },
  },
  {
    code: 'quorum-without-spare',
    severity: 'info',
    about:
      'Every vantage outside a site’s region is needed: while one is silent there is no verdict.',
    check: (subject) => {
      const least = leastSeen(subject);
      return remarkIf(least?.outside === subject.name.verdict.quorum, () => ({
        at: ['vantages'],
        sentence: `Only ${least?.outside ?? 0} vantages stand outside ${least?.site.regionId ?? ''}, and as many must agree: while one is silent nothing is concluded.`,
        remedy: 'Name one more region if that is not enough.',
      }));
    },
  },
  {
    code: 'vantages-one-cloud',
    severity: 'warning',
    about: 'All vantages sit in one cloud, which may lose its way as a whole.',
    check: ({ name: { outsideVoters } }) =>
      remarkIf(outsideVoters.length === 0, () => ({
        at: ['vantages'],
        sentence: 'All vantages sit in one cloud, which may lose its way as a whole.',
        remedy:
          'Signed outside verdicts are accepted as further votes: name who sends them in failover.outsideVoters.',
      })),
  },
  {
    code: 'outside-voter-unknown',
    severity: 'error',
    about: 'A name hears an outside voter whose secret nobody knows.',
    check: ({ name, failover }) => {
      const known = failover.outsideVoters.map((voter) => voter.name);
      return name.outsideVoters.flatMap((voter, index) =>
        remarkIf(!known.includes(voter), () => ({
          at: ['outsideVoters', index],
          sentence: `There is no outside voter ${voter}.`,
          remedy: nameOneOf(voter, known),
        })),
      );
    },
  },
]);
