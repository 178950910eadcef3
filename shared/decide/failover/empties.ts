import { type DnsRecord } from '../../domain/failover/dns-record';
import { linesOf } from '../../domain/failover/name-records';
import { type NameAlert, type NameStep } from '../../domain/failover/name-proposal';
import { type NameReasonCode } from '../../domain/failover/name-reasons';
import { answering, besides } from './line-shares';
import { enableStep, restoreSteps } from './record-steps';
import { freshLoad, type NameScene, others, type SiteView } from './scene';

/** A record that comes back for the sake of its line; no steps where none can. */
export interface Rescue {
  readonly steps: readonly NameStep[];
  readonly alert: NameAlert;
}

interface Candidate {
  readonly view: SiteView;
  readonly record: DnsRecord;
}

/** A line without any enabled record gets its best one back at once, whoever took it out and whatever its site is like. */
export function fillEmptyLines(scene: NameScene): readonly Rescue[] {
  return linesOf(scene.records, scene.policy)
    .filter((line) => answering(line, scene).length === 0)
    .flatMap((line): readonly Rescue[] => {
      const best = rank(candidates(line, scene.sites), scene)[0];
      return best === undefined ? [] : [rescue(best, line, scene)];
    });
}

/** Back on its line; with all of its weight where the site is up, as whoever answers there beside it may be dead. */
function bring(
  { view, record }: Candidate,
  reason: NameReasonCode,
  scene: NameScene,
): readonly NameStep[] {
  const isUp = view.judgement.verdict === 'up';
  const weight = isUp ? restoreSteps(record, view, reason, scene) : [];
  return [enableStep(record, view, reason), ...weight];
}

function rescue({ view, record }: Candidate, line: string, scene: NameScene): Rescue {
  const { name } = view.site;
  const lead = record.isLocked ? `${name} should come back but is locked` : `${name} comes back`;
  return {
    steps: bring({ view, record }, 'record-empty', scene),
    alert: {
      key: `line/${line}/empty`,
      severity: 'critical',
      reason: 'record-empty',
      siteName: name,
      message: `line ${line} had no enabled record: ${lead}`,
    },
  };
}

/**
 * A site that has to leave a line where nobody else answers: another site that is up and that we paused comes back there first. Where
 * there is none, the dead record stays. Who is to stay out by a person’s word comes back only for one that is down: of two that are up
 * and ordered out, neither is enabled and paused in turn.
 */
export function replaceLast(
  leaving: readonly SiteView[],
  wantedOut: readonly SiteView[],
  scene: NameScene,
): readonly Rescue[] {
  return leaving.flatMap((view) => {
    const isFree = (other: SiteView): boolean =>
      view.judgement.verdict === 'down' || !wantedOut.includes(other);
    const free = others(view, scene).filter(isFree);
    return view.enabled
      .filter((record) => besides(record, scene).length === 0)
      .map(({ line }) => replacement(view, line, free, scene));
  });
}

function replacement(
  view: SiteView,
  line: string,
  free: readonly SiteView[],
  scene: NameScene,
): Rescue {
  const paused = free
    .filter(({ judgement }) => judgement.verdict === 'up')
    .map((other) => ({ ...other, records: other.paused }));
  const best = rank(candidates(line, paused), scene).find(({ record }) => !record.isLocked);
  const base = { key: `line/${line}/last`, siteName: view.site.name };
  const lead = `${view.site.name} alone answers on line ${line}`;
  if (best === undefined) return { steps: [], alert: stuck(base, lead) };
  const steps = bring(best, 'last-record-replaced', scene);
  const message = `${lead}: ${best.view.site.name} comes back for it`;
  return {
    steps,
    alert: { ...base, severity: 'warning', reason: 'last-record-replaced', message },
  };
}

const stuck = (base: Pick<NameAlert, 'key' | 'siteName'>, lead: string): NameAlert => ({
  ...base,
  severity: 'critical',
  reason: 'guard-last-record',
  message: `${lead} and should leave it, and nobody else that is up can take its place: it stays`,
});

const candidates = (line: string, sites: readonly SiteView[]): readonly Candidate[] =>
  sites.flatMap((view) =>
    view.records.filter((record) => record.line === line).map((record) => ({ view, record })),
  );

const VERDICTS = ['up', 'unknown', 'down'] as const;

/** Unlocked first, then by verdict, then by what the site could take on, then in the policy’s order. */
function rank(among: readonly Candidate[], { policy }: NameScene): readonly Candidate[] {
  return [...among].sort(
    (one, other) =>
      Number(one.record.isLocked) - Number(other.record.isLocked) ||
      VERDICTS.indexOf(one.view.judgement.verdict) -
        VERDICTS.indexOf(other.view.judgement.verdict) ||
      room(other.view, policy.capacity.fullUse) - room(one.view, policy.capacity.fullUse),
  );
}

/** Load that it could take on; nothing where that is unknown. */
function room(view: SiteView, fullUse: number): number {
  const load = freshLoad(view);
  if (view.capacity === undefined || load === undefined) return 0;
  return Math.max(0, view.capacity.serving * fullUse - load);
}
