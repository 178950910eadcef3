import { type DnsRecord } from '../../domain/failover/dns-record';
import { siteOf } from '../../domain/failover/name-records';
import { type NameStep } from '../../domain/failover/name-proposal';
import { freshValue } from '../../domain/reading';
import { answering } from './line-shares';
import { weightSteps } from './record-steps';
import { isWeighted, type NameScene, type SiteView } from './scene';
import { type SiteDecision } from './site-decision';

/**
 * In quiet times, where the policy wants weights: switches weighting on for lines with several records, and gives the records of such a
 * line their base weight. They begin at 1, with which neither a stage nor a part can be said.
 */
export function weighLines(
  decisions: readonly SiteDecision[],
  scene: NameScene,
): readonly NameStep[] {
  const { name, policy } = scene;
  const isQuiet = decisions.every(
    ({ next, view }) => next.state === 'serving' && view.judgement.verdict === 'up',
  );
  if (!policy.weighting || !isQuiet) return [];
  return (freshValue(name.weighting) ?? []).flatMap(({ line, isOn }) =>
    isOn ? weighRecords(line, scene) : openWeighting(line, scene),
  );
}

function openWeighting(line: string, scene: NameScene): readonly NameStep[] {
  const first = scene.sites.find(({ enabled }) => enabled.some((each) => each.line === line));
  if (first === undefined || answering(line, scene).length < 2) return [];
  return [
    {
      kind: 'open-weighting',
      stepId: `weighting/${line}`,
      siteName: first.site.name,
      reason: 'weighting-opened',
      evidence: [],
      line,
    },
  ];
}

/**
 * Doubles what the lightest weigh, so that nobody ever weighs more than twice another: of two sites one gets two thirds for a moment,
 * and not all. A line on which a person gave a weight, or with a record of nobody’s, is left as it is.
 *
 * Example: 1 and 1 become 2 and 2, and seven looks later 100 and 100; broken off at 8 and 4, the next look makes it 8 and 8.
 */
function weighRecords(line: string, scene: NameScene): readonly NameStep[] {
  const { name, policy } = scene;
  const records = answering(line, scene);
  const isOurs = (name.memory.weightedLines ?? []).includes(line);
  if (!isOurs || !records.every((record) => isOursToWeigh(record, scene))) return [];
  const lightest = Math.min(...records.map(({ weight }) => weight ?? 1));
  const to = Math.min(policy.baseWeight, lightest * 2);
  return scene.sites.flatMap((view) =>
    view.enabled
      .filter((record) => record.line === line && (record.weight ?? 1) < to)
      .flatMap((record) => weightSteps(record, view, 'base-weight-given', { to, moveId: null })),
  );
}

/** Of a site, free to be changed, and at a weight that we gave it or at the first that there is. */
function isOursToWeigh(record: DnsRecord, { name, policy }: NameScene): boolean {
  const weight = record.weight ?? 1;
  const given = name.memory.written
    .filter(({ recordId }) => recordId === record.recordId)
    .flatMap((written) => written.weight ?? []);
  const isKnown = given.length === 0 ? weight === 1 : given.includes(weight);
  return isKnown && !record.isLocked && siteOf(record, policy) !== undefined;
}

/** Says of a site that its weights do not allow for stages; empty where they do, or nobody draws by weight. */
export function remarkOnWeights({ enabled, paused }: SiteView, scene: NameScene): string {
  if (scene.weightedLines === null) return '';
  const on = (freshValue(scene.name.weighting) ?? []).filter(({ isOn }) => isOn);
  const own = new Set([...enabled, ...paused].map(({ line }) => line));
  const flat = on.filter(({ line }) => own.has(line) && !isWeighted({ line }, scene));
  return flat.length === 0
    ? ''
    : `; all records of line ${flat.map(({ line }) => line).join(', ')} weigh 1: it leaves and comes back as a whole, without stages`;
}
