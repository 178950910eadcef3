import { type NameAlert } from '../../domain/failover/name-proposal';
import { type NameReasonCode } from '../../domain/failover/name-reasons';
import { since } from '../../domain/units';
import { seconds } from '../describe';
import { quorumOf } from './judge-site';
import { aboutLeftBehind } from './left-behind';
import { type Practising } from './practice';
import { type NameScene } from './scene';
import { type SiteDecision } from './site-decision';
import { countVotes } from './votes';

const SEVERITIES: Readonly<Partial<Record<NameReasonCode, NameAlert['severity']>>> = {
  'failover-site-down': 'critical',
  'failover-ordered': 'warning',
  'failover-partial': 'critical',
  'failback-held-up': 'info',
  'failback-ordered': 'info',
  'failback-needed': 'warning',
  'failback-relapse': 'critical',
  'practice-started': 'info',
  'practice-ended': 'info',
  'late-record-repaired': 'warning',
  'site-paused-by-person': 'warning',
  'site-without-record': 'warning',
  'site-serving-though-unreached': 'warning',
};

/** What people should hear of: changes, and what keeps the name from being looked after. */
export function nameAlerts(
  decisions: readonly SiteDecision[],
  practising: Practising,
  scene: NameScene,
): readonly NameAlert[] {
  return [
    ...decisions.flatMap(({ alerts }) => alerts),
    ...decisions.flatMap(aboutSite),
    ...decisions.flatMap((decision) => aboutRegion(decision, scene)),
    ...decisions.flatMap((decision) => aboutDoubt(decision, scene)),
    ...aboutPractice(practising, scene),
    ...aboutVoters(scene),
    ...aboutRecords(scene),
    ...aboutLeftBehind(scene),
  ];
}

function aboutSite({ view, reason, detail }: SiteDecision): readonly NameAlert[] {
  const severity = SEVERITIES[reason];
  if (severity === undefined) return [];
  const { name } = view.site;
  return [
    {
      key: `${name}/${reason}`,
      severity,
      reason,
      siteName: name,
      message: `${name}: ${detail}`,
    },
  ];
}

function aboutRegion({ view }: SiteDecision, { name }: NameScene): readonly NameAlert[] {
  const { site } = view;
  const isAsked = site.poolName !== null && name.capacities[site.name] !== undefined;
  if (!isAsked || view.capacity !== undefined) return [];
  return [
    {
      key: `${site.name}/region-unreachable`,
      severity: 'warning',
      reason: 'region-unreachable',
      siteName: site.name,
      message: `${site.name}: ${site.regionId} does not say what its pool can carry`,
    },
  ];
}

/** Voters see something, and yet nobody can tell how the site is for longer than it would take to leave it. */
function aboutDoubt({ view }: SiteDecision, scene: NameScene): readonly NameAlert[] {
  const { judgement, memory, site } = view;
  const silentMs = since(memory.judgedAt ?? memory.since, scene.now);
  const isTold = judgement.reason === 'site-serving-though-unreached';
  if (judgement.verdict !== 'unknown' || isTold || silentMs <= scene.policy.holdDownMs) return [];
  if (aboutVoters(scene).length > 0) return [];
  return [
    {
      key: `${site.name}/site-unknown`,
      severity: 'warning',
      reason: 'site-unknown',
      siteName: site.name,
      message: `${site.name}: for ${seconds(silentMs)} nobody could tell how it is, and it would not be left if it died: ${judgement.detail}`,
    },
  ];
}

function aboutPractice({ remembered }: Practising, { name }: NameScene): readonly NameAlert[] {
  const isNew = name.memory.practice?.abortedBecause === null;
  if (typeof remembered?.abortedBecause !== 'string' || !isNew) return [];
  return [
    {
      key: `${remembered.siteName}/practice-aborted`,
      severity: 'critical',
      reason: 'practice-aborted',
      siteName: remembered.siteName,
      message: `the rehearsal ends at once: ${remembered.abortedBecause}`,
    },
  ];
}

/** Fewer voters with a view than must agree: no verdict is possible, whatever happens. */
function aboutVoters({ name, policy }: NameScene): readonly NameAlert[] {
  const seeing = countVotes(name, policy).filter(
    ({ hasLostView, answer }) => !hasLostView && answer !== 'unknown',
  );
  const voters = new Set(seeing.map(({ vote }) => `${vote.kind}/${vote.voter}`));
  if (voters.size >= quorumOf(policy)) return [];
  return [
    {
      key: 'voters-missing',
      severity: 'critical',
      reason: 'voters-missing',
      siteName: null,
      message: `${voters.size} voters see anything at all, ${quorumOf(policy)} must agree: nothing is concluded`,
    },
  ];
}

function aboutRecords({ isReadable }: NameScene): readonly NameAlert[] {
  if (isReadable) return [];
  return [
    {
      key: 'name-unreadable',
      severity: 'critical',
      reason: 'name-unreadable',
      siteName: null,
      message: 'the records could not be read: nothing is changed',
    },
  ];
}
