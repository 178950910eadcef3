import { nameOneOf, nameRules } from './lint-name-rule';
import { remarkIf } from './lint-rule';
import { formatDuration, formatShare } from './notation';

const SECOND = 1000;
/** Time after a TTL until most clients have followed. */
const TAIL_MS = 60 * SECOND;

/** Whether traffic can leave, be approved, be practised and come back. */
export const MOVE_RULES = nameRules([
  {
    code: 'failback-hold-below-hold-down',
    severity: 'warning',
    about: 'A site would come back faster than it leaves, and flap.',
    check: ({ name: { failback, holdDownMs } }) =>
      remarkIf(failback.holdMs < holdDownMs, () => ({
        at: ['failback', 'hold'],
        sentence: `A site comes back after ${formatDuration(failback.holdMs)} up and leaves after ${formatDuration(holdDownMs)} down: one that flaps would be trusted too soon.`,
        remedy: 'Make failback.hold several times holdDown.',
      })),
  },
  {
    code: 'emergency-use-below-full-use',
    severity: 'error',
    about: 'A dead site would leave less to the others than one that still serves.',
    check: ({ name: { capacity } }) =>
      remarkIf(capacity.emergencyUse < capacity.fullUse, () => ({
        at: ['capacity', 'emergencyUse'],
        sentence:
          'An instance would break down at less load than it may carry for the time of a failover.',
        remedy: 'Make emergencyUse as large as fullUse or larger, or fullUse smaller.',
      })),
  },
  {
    code: 'failback-stages-fall',
    severity: 'error',
    about: 'Stages of a return must rise.',
    check: ({ name: { failback } }) =>
      failback.stages.flatMap((stage, index) => {
        const before = failback.stages[index - 1] ?? 0;
        return remarkIf(stage <= before, () => ({
          at: ['failback', 'stages', index],
          sentence: `The stage ${formatShare(stage)} follows ${formatShare(before)}: a return takes more at every stage.`,
          remedy: 'Write the stages in rising order, each once.',
        }));
      }),
  },
  {
    code: 'failback-stages-incomplete',
    severity: 'error',
    about: 'A return that ends below 100% never ends.',
    check: ({ name: { failback } }) =>
      remarkIf(failback.stages.at(-1) !== 1000, () => ({
        at: ['failback', 'stages'],
        sentence: `The last stage is ${formatShare(failback.stages.at(-1) ?? 0)}: the site would never get all of its traffic back.`,
        remedy: 'End with 100%.',
      })),
  },
  {
    code: 'failback-unstaged',
    severity: 'info',
    about:
      'Without DNS weights a site gets all of its traffic back at once, and none moves in part.',
    check: ({ name: { weighting } }) =>
      remarkIf(!weighting, () => ({
        at: [],
        sentence:
          'Without weighting a site gets all of its traffic back at once, and never keeps a part of it.',
        remedy: 'Set weighting to true if the name may use DNS weights.',
      })),
  },
  {
    code: 'base-weight-coarse',
    severity: 'warning',
    about: 'The first stage of a return is less than the least weight there is.',
    check: ({ name: { weighting, baseWeight, failback } }) => {
      const first = failback.stages[0] ?? 1000;
      return remarkIf(weighting && baseWeight * first < 1000, () => ({
        at: ['baseWeight'],
        sentence: `${formatShare(first)} of a weight of ${baseWeight} is less than 1, so the first stage takes more than it says.`,
        remedy: `Make baseWeight ${Math.ceil(1000 / first)} or more.`,
      }));
    },
  },
  {
    code: 'stage-hold-below-ttl',
    severity: 'warning',
    about: 'A stage is over before clients have seen it.',
    check: ({ name: { failback, ttlSeconds, weighting } }) =>
      remarkIf(weighting && failback.stageHoldMs < ttlSeconds * SECOND, () => ({
        at: ['failback', 'stageHold'],
        sentence: `A stage is held for ${formatDuration(failback.stageHoldMs)}, and clients keep the answers before it for ${ttlSeconds} s.`,
        remedy: 'Hold each stage for several TTLs.',
      })),
  },
  {
    code: 'weighting-cname-unconfirmed',
    severity: 'warning',
    about: 'Weights of CNAME records are offered by the console, and unconfirmed in the API.',
    check: ({ name: { weighting, type } }) =>
      remarkIf(weighting && type === 'CNAME', () => ({
        at: ['weighting'],
        sentence:
          'UNCONFIRMED: the API lists weights for A and AAAA only, although the console offers them for CNAME.',
        remedy: 'Try it on a name that nobody uses, or set weighting to false.',
      })),
  },
  {
    code: 'stateful-without-approval-secret',
    severity: 'error',
    about: 'A stateful site waits for an approval that nobody can sign.',
    check: ({ name: { sites }, failover: { approvalSecret } }) =>
      sites.flatMap(({ name, isStateful }, index) =>
        remarkIf(isStateful && approvalSecret === null, () => ({
          at: ['sites', index, 'stateful'],
          sentence: `The site ${name} is stateful, so a person must approve, and without a secret nobody can.`,
          remedy: 'Set failover.approvalSecret.current to env:NAME.',
        })),
      ),
  },
  {
    code: 'first-failover-without-approval-secret',
    severity: 'error',
    about: 'The first failover waits for an approval that nobody can sign.',
    check: ({ name: { approval }, failover: { approvalSecret } }) =>
      remarkIf(approval.firstFailover && approvalSecret === null, () => ({
        at: ['approval', 'firstFailover'],
        sentence: 'The first failover asks a person, and without a secret nobody can approve it.',
        remedy:
          'Set failover.approvalSecret.current to env:NAME, or approval.firstFailover to false.',
      })),
  },
  {
    code: 'practice-site-unknown',
    severity: 'error',
    about: 'The name has no such site to practise with.',
    check: ({ name: { practice, sites } }) =>
      practice === null || sites.some(({ name }) => name === practice.site)
        ? []
        : [
            {
              at: ['practice', 'site'],
              sentence: `There is no site ${practice.site}.`,
              remedy: nameOneOf(
                practice.site,
                sites.map(({ name }) => name),
              ),
            },
          ],
  },
  {
    code: 'practice-shorter-than-shift',
    severity: 'warning',
    about: 'A practice is over before clients have moved.',
    check: ({ name: { practice, ttlSeconds } }) =>
      remarkIf(practice !== null && practice.durationMs < ttlSeconds * SECOND + TAIL_MS, () => ({
        at: ['practice', 'duration'],
        sentence: `Most clients follow ${ttlSeconds} s of TTL and a minute after the change; a practice of ${formatDuration(practice?.durationMs ?? 0)} ends before.`,
        remedy: `Let it last for ${formatDuration(ttlSeconds * SECOND + TAIL_MS)} or more.`,
      })),
  },
]);
