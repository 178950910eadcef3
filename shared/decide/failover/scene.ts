import { compareText } from '../../domain/attachment';
import { type DnsRecord } from '../../domain/failover/dns-record';
import { freshSite, type SiteMemory } from '../../domain/failover/name-memory';
import { type NamePolicy, type SitePolicy } from '../../domain/failover/name-policy';
import { holdsAddress, isOnOurLine, isPausedByUs } from '../../domain/failover/name-records';
import { readRemark } from '../../domain/failover/paused-remark';
import { type NameSnapshot, type SiteCapacity } from '../../domain/failover/name-snapshot';
import { freshValue, judgeAgain } from '../../domain/reading';
import { type Instant, permille, type Permille, permilleOf, roundDiv } from '../../domain/units';
import { type Judgement, judgeSite } from './judge-site';
import { countRuns } from './runs';
import { countVotes } from './votes';

/** One site as this tick sees it. */
export interface SiteView {
  readonly site: SitePolicy;
  /** What was remembered, its runs counted up to now. */
  readonly memory: SiteMemory;
  /** False where nothing was remembered of it. */
  readonly isKnown: boolean;
  readonly judgement: Judgement;
  /** Its records of the name’s type and lines. */
  readonly records: readonly DnsRecord[];
  readonly enabled: readonly DnsRecord[];
  /** Those that we paused. */
  readonly paused: readonly DnsRecord[];
  /** What it gets of its own share: 1000 when nothing was taken from it, 0 when all of its records are off. */
  readonly level: Permille;
  readonly capacity: SiteCapacity | undefined;
}

/** Everything that decisions about one name rest on. */
export interface NameScene {
  readonly name: NameSnapshot;
  readonly policy: NamePolicy;
  readonly now: Instant;
  /** Records of the name’s type and lines, in a fixed order; empty when they could not be read. */
  readonly records: readonly DnsRecord[];
  readonly isReadable: boolean;
  /**
   * Lines whose answers are drawn by weights that can be divided; null where nobody can tell, or the policy wants no weights. Where all
   * weigh 1, a part of it cannot be said: such a line is as good as without weights.
   */
  readonly weightedLines: readonly string[] | null;
  readonly sites: readonly SiteView[];
}

export function setScene(name: NameSnapshot, policy: NamePolicy): NameScene {
  const read = freshValue(name.records);
  const records = [...(read ?? [])]
    .filter((record) => record.type === policy.type && isOnOurLine(record, policy))
    .sort((one, other) => compareText(one.recordId, other.recordId));
  const weighting = policy.weighting ? freshValue(name.weighting) : undefined;
  const scene = {
    name,
    policy,
    now: name.takenAt,
    records,
    isReadable: read !== undefined,
    weightedLines:
      weighting
        ?.filter(({ line, isOn }) => isOn && isDivisible(line, records, name, policy))
        .map(({ line }) => line) ?? null,
  };
  const counted = countVotes(name, policy);
  const sites = policy.sites.map((site): SiteView => {
    const view = lookAt(site, scene);
    const facts = { ...view, expectedTraffic: expectedTraffic(view) };
    const judgement = judgeSite(facts, counted, name, policy);
    const runs = countRuns(view.memory, judgement.verdict, scene.now, policy.verdict.unknownMs);
    return { ...view, judgement, memory: { ...view.memory, ...runs } };
  });
  return { ...scene, sites };
}

/** Some record of the line weighs more than the least that can be said, or did before we lowered it. */
const isDivisible = (
  line: string,
  records: readonly DnsRecord[],
  { memory }: NameSnapshot,
  { name }: NamePolicy,
): boolean =>
  records
    .filter((record) => record.line === line)
    .flatMap(({ recordId, weight, remark }) => [
      weight ?? 1,
      readRemark(remark, name)?.weight ?? 1,
      ...Object.values(memory.sites).map(({ baseWeights }) => baseWeights[recordId] ?? 1),
    ])
    .some((weight) => weight > 1);

function lookAt(site: SitePolicy, scene: Omit<NameScene, 'sites'>): Omit<SiteView, 'judgement'> {
  const { name, policy, now } = scene;
  const known = name.memory.sites[site.name];
  const records = scene.records.filter((record) => holdsAddress(record, site));
  const memory = withBaseWeights(known ?? freshSite(now), records, policy);
  const capacity = name.capacities[site.name];
  const enabled = records.filter(({ isEnabled }) => isEnabled);
  const paused = records.filter((record) => isPausedByUs(record, name.memory, policy));
  return {
    site,
    memory,
    isKnown: known !== undefined,
    records,
    enabled,
    paused,
    level: levelOf(enabled, paused, memory),
    capacity:
      capacity === undefined
        ? undefined
        : freshValue(judgeAgain(capacity, now, policy.verdict.freshMs)),
  };
}

/** What the notes on the records say of their weights where memory says nothing. */
function withBaseWeights(
  memory: SiteMemory,
  records: readonly DnsRecord[],
  { name }: NamePolicy,
): SiteMemory {
  const noted = records.flatMap((record): readonly (readonly [string, number])[] => {
    const weight = readRemark(record.remark, name)?.weight ?? null;
    return weight === null ? [] : [[record.recordId, weight]];
  });
  return { ...memory, baseWeights: { ...Object.fromEntries(noted), ...memory.baseWeights } };
}

/** Example: of two records of weight 100, one paused by us and one lowered to 50: 250. */
function levelOf(
  enabled: readonly DnsRecord[],
  paused: readonly DnsRecord[],
  { baseWeights }: SiteMemory,
): Permille {
  const full = [...enabled, ...paused].map(
    (record) => baseWeights[record.recordId] ?? record.weight ?? 1,
  );
  const present = enabled.map(({ weight }) => weight ?? 1);
  return permille(Math.min(1000, permilleOf(sumOf(present), sumOf(full))));
}

const sumOf = (weights: readonly number[]): number => weights.reduce((a, b) => a + b, 0);

/** What it usually carries, as far as it has its share. */
const expectedTraffic = ({ memory, level }: Pick<SiteView, 'memory' | 'level'>): number | null => {
  const usual = memory.usual?.traffic ?? null;
  return usual === null ? null : roundDiv(usual * level, 1000);
};

export const freshTraffic = ({ capacity }: SiteView): number | undefined =>
  capacity === undefined ? undefined : freshValue(capacity.traffic);

export const freshLoad = ({ capacity }: SiteView): number | undefined =>
  capacity === undefined ? undefined : freshValue(capacity.load);

/**
 * Whether it freshly carries so much of what it usually does, in proportion to the share that it still has. Unknown is no: waiting
 * for the sake of what may be gone already costs more than it saves.
 */
export function stillServes(view: SiteView, atLeast: Permille): boolean {
  const traffic = freshTraffic(view);
  const usual = expectedTraffic(view);
  if (traffic === undefined || usual === null || usual === 0) return false;
  return traffic * 1000 >= atLeast * usual;
}

/** Down, and its clients fail: what moves is saved at once, what stays is not served anyway. One that is up, or still serves, can wait. */
export const isDead = (view: SiteView, { policy }: Pick<NameScene, 'policy'>): boolean =>
  view.judgement.verdict !== 'up' && !stillServes(view, policy.capacity.servesAtLeast);

export const others = ({ site }: SiteView, { sites }: NameScene): readonly SiteView[] =>
  sites.filter((other) => other.site.name !== site.name);

export const isWeighted = ({ line }: Pick<DnsRecord, 'line'>, scene: NameScene): boolean =>
  scene.weightedLines?.includes(line) === true;

/** Whether a record has a weight to come back to: answers are drawn by weight, or nobody can tell and we lowered it once. */
export const hasBase = (
  record: DnsRecord,
  { memory }: Pick<SiteView, 'memory'>,
  scene: NameScene,
): boolean =>
  scene.weightedLines === null
    ? memory.baseWeights[record.recordId] !== undefined
    : isWeighted(record, scene);
