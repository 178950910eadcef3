import { nameRules, type NameUnderLint } from './lint-name-rule';
import { remarkIf } from './lint-rule';
import { formatDuration } from './notation';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** Looks that a `down` needs before it is more than a slip. */
const LOOKS = 2;

const longestLook = ({ name }: NameUnderLint): number =>
  Math.max(...name.sites.map(({ check }) => check.timeoutMs * check.attempts));

const lookInterval = ({ name, fleet }: NameUnderLint): number =>
  name.watch === 'never' ? fleet.deployment.timerEveryMs : name.watchIntervalMs;

/**
 * Time that a name needs to see a dead site twice: two looks apart by the interval, and the time-outs of the last.
 *
 * Example: every 10 s, three attempts of 3 s: 2 × 10 + 9 = 29 s.
 */
const detectionMs = (subject: NameUnderLint): number =>
  LOOKS * lookInterval(subject) + longestLook(subject);

/** Whether the times of a name fit each other. */
export const NAME_TIME_RULES = nameRules([
  {
    code: 'hold-down-below-detection',
    severity: 'error',
    about: 'A hold-down shorter than detection would pause a site on one look.',
    check: (subject) =>
      remarkIf(subject.name.holdDownMs < detectionMs(subject), () => ({
        at: ['holdDown'],
        sentence: `Seeing a dead site twice takes ${formatDuration(detectionMs(subject))}, and holdDown is ${formatDuration(subject.name.holdDownMs)}: one wrong look would move everybody.`,
        remedy: `Set holdDown to ${formatDuration(detectionMs(subject))} or more, or look more often.`,
      })),
  },
  {
    code: 'hold-down-within-freshness',
    severity: 'warning',
    about: 'A vote stays fresh for the whole hold-down.',
    check: ({ name: { holdDownMs, verdict } }) =>
      remarkIf(holdDownMs <= verdict.freshMs, () => ({
        at: ['holdDown'],
        sentence: `A vote counts for ${formatDuration(verdict.freshMs)}, and holdDown is ${formatDuration(holdDownMs)}: one vote could last for all of it.`,
        remedy: 'Raise holdDown, or lower verdict.fresh.',
      })),
  },
  {
    code: 'hold-down-within-blip',
    severity: 'warning',
    about: 'A partition of a minute would move traffic.',
    check: ({ name: { holdDownMs } }) =>
      remarkIf(holdDownMs < MINUTE, () => ({
        at: ['holdDown'],
        sentence: `Networks come back by themselves within a minute more often than not, and holdDown is ${formatDuration(holdDownMs)}.`,
        remedy: 'Use 60s or more outside rehearsals.',
      })),
  },
  {
    code: 'unknown-covers-hold-down',
    severity: 'warning',
    about: 'A silence as long as the hold-down would count as down.',
    check: ({ name: { holdDownMs, verdict } }) =>
      remarkIf(verdict.unknownMs >= holdDownMs, () => ({
        at: ['verdict', 'unknown'],
        sentence: `A time without a verdict of ${formatDuration(verdict.unknownMs)} does not break a hold of ${formatDuration(holdDownMs)}: two looks would be enough.`,
        remedy: 'Set verdict.unknown below holdDown, best to half of it.',
      })),
  },
  {
    code: 'unknown-between-looks',
    severity: 'warning',
    about: 'A worker that ends is woken by the timer, and every hold would begin again.',
    check: ({ name: { verdict }, fleet: { deployment } }) =>
      remarkIf(verdict.unknownMs < deployment.timerEveryMs, () => ({
        at: ['verdict', 'unknown'],
        sentence: `A worker that ends is woken again after ${formatDuration(deployment.timerEveryMs)} at most, and a silence of ${formatDuration(verdict.unknownMs)} breaks every hold.`,
        remedy: `Set verdict.unknown above ${formatDuration(deployment.timerEveryMs)}.`,
      })),
  },
  {
    code: 'look-outlasts-interval',
    severity: 'warning',
    about:
      'Attempts that time out take longer than the next look is away, or than a call may take.',
    check: (subject) => {
      const limit = Math.min(lookInterval(subject), subject.fleet.deployment.callDeadlineMs);
      return remarkIf(longestLook(subject) > limit, () => ({
        at: ['sites'],
        sentence: `A look at a dead site takes ${formatDuration(longestLook(subject))}, and it has ${formatDuration(limit)}: the vote would come late or not at all.`,
        remedy: 'Lower check.timeout or check.attempts, or raise watchInterval.',
      }));
    },
  },
  {
    code: 'floor-ends-between-looks',
    severity: 'error',
    about: 'A floor request that ends before it can be renewed lets the others shrink.',
    check: (subject) => {
      const { floorMs } = subject.name.capacity;
      const silence = subject.fleet.deployment.timerEveryMs + lookInterval(subject);
      return remarkIf(floorMs < silence, () => ({
        at: ['capacity', 'floor'],
        sentence: `A floor request ends after ${formatDuration(floorMs)} and is renewed after ${formatDuration(silence)} at worst: in between the others would shrink.`,
        remedy: `Set capacity.floor to ${formatDuration(silence)} or more.`,
      }));
    },
  },
  {
    code: 'claim-ends-between-looks',
    severity: 'error',
    about: 'The right to leave a region ends before it is renewed: a second region could be left.',
    check: (subject) => {
      const { regionClaimMs } = subject.name;
      const silence =
        subject.fleet.deployment.timerEveryMs + lookInterval(subject) + longestLook(subject);
      return remarkIf(regionClaimMs < silence, () => ({
        at: ['regionClaim'],
        sentence: `The right to leave a region ends after ${formatDuration(regionClaimMs)} and is renewed after ${formatDuration(silence)} at worst: in between another name could leave a second region.`,
        remedy: `Set regionClaim to ${formatDuration(silence)} or more.`,
      }));
    },
  },
  {
    code: 'vote-stale-when-counted',
    severity: 'error',
    about:
      'A vote on a dead site is too old by the time it is counted: nothing could ever be down.',
    check: (subject) => {
      const { freshMs } = subject.name.verdict;
      return remarkIf(freshMs <= longestLook(subject), () => ({
        at: ['verdict', 'fresh'],
        sentence: `A look at a dead site takes ${formatDuration(longestLook(subject))}, and a vote counts for ${formatDuration(freshMs)} from when it was asked for: it would be too old as it comes.`,
        remedy:
          'Raise verdict.fresh to a minute or more, or lower check.timeout or check.attempts.',
      }));
    },
  },
  {
    code: 'looks-break-holds',
    severity: 'error',
    about: 'The time from one look to the next breaks every hold: nothing would ever move.',
    check: (subject) => {
      const { unknownMs } = subject.name.verdict;
      const gap = Math.max(lookInterval(subject), longestLook(subject));
      return remarkIf(unknownMs <= gap, () => ({
        at: ['verdict', 'unknown'],
        sentence: `Verdicts are ${formatDuration(gap)} apart at least, and a time of ${formatDuration(unknownMs)} without one begins every hold anew: no site would ever be left.`,
        remedy: `Set verdict.unknown well above ${formatDuration(gap)}, or look more often.`,
      }));
    },
  },
  {
    code: 'velocity-never-binds',
    severity: 'warning',
    about: 'Holds alone already allow fewer failovers than the velocity limit.',
    check: ({ name: { velocity, holdDownMs, failback } }) =>
      remarkIf(velocity.windowMs <= velocity.moves * (holdDownMs + failback.holdMs), () => ({
        at: ['velocity'],
        sentence: `${velocity.moves} moves within ${formatDuration(velocity.windowMs)} is more than holdDown and failback.hold allow: the limit never holds anything up.`,
        remedy: 'Lengthen velocity.window, or lower velocity.moves.',
      })),
  },
  {
    code: 'ttl-below-editions',
    severity: 'warning',
    about: 'Most editions of Alidns do not take so short a TTL.',
    check: ({ name: { ttlSeconds } }) =>
      remarkIf(ttlSeconds < 60, () => ({
        at: ['ttl'],
        sentence: `A TTL of ${ttlSeconds}s needs the Enterprise Ultimate edition: the shortest is 600 s, 600 s, 60 s or 1 s, by edition.`,
        remedy: 'Use 60s, unless the domain has that edition.',
      })),
  },
  {
    code: 'ttl-long',
    severity: 'info',
    about: 'Clients keep a dead address for as long as the TTL says, some for longer.',
    check: ({ name: { ttlSeconds } }) =>
      remarkIf(ttlSeconds > 300, () => ({
        at: ['ttl'],
        sentence: `Clients keep a dead address for ${ttlSeconds} s after the records are paused, and some resolvers for longer.`,
        remedy: 'Use 60s where the edition takes it.',
      })),
  },
]);
