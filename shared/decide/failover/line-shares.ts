import { type DnsRecord } from '../../domain/failover/dns-record';
import { ceilDiv, floorDiv, type Permille, permille, permilleOf } from '../../domain/units';
import { isWeighted, type NameScene, type SiteView } from './scene';

/** How much of a line’s answers a record draws beside the others: by weight where weighting is on, else all the same. */
const drawOf = (record: DnsRecord, scene: NameScene): number =>
  isWeighted(record, scene) ? (record.weight ?? 1) : 1;

const sum = (draws: readonly number[]): number => draws.reduce((a, b) => a + b, 0);

/** Records that answer on a line now. */
export const answering = (line: string, { records }: NameScene): readonly DnsRecord[] =>
  records.filter((record) => record.isEnabled && record.line === line);

/** The others that answer on the line of a record. */
export const besides = (record: DnsRecord, scene: NameScene): readonly DnsRecord[] =>
  answering(record.line, scene).filter(({ recordId }) => recordId !== record.recordId);

export const drawsOf = (records: readonly DnsRecord[], scene: NameScene): number =>
  sum(records.map((record) => drawOf(record, scene)));

/** Share of the answers that a site gets on the line where it gets most. */
export function shareOfAnswers(view: SiteView, scene: NameScene): Permille {
  const shares = view.enabled.map((record) => {
    const all = drawsOf(answering(record.line, scene), scene);
    return permilleOf(drawOf(record, scene), all);
  });
  return permille(Math.max(0, ...shares));
}

/**
 * How much of its usual answers a site still gets, in permille, rounded up; every line counts the same, and one of which its record is paused counts
 * nothing.
 *
 * Example: lowered from 100 to 34 beside 100 it draws 25.4 % instead of 50 %: 508 ‰.
 */
export function leftOf(view: SiteView, scene: NameScene): Permille {
  const own = [...view.enabled, ...view.paused];
  const lefts = own.map((record) => {
    if (!record.isEnabled) return 0;
    const rest = drawsOf(besides(record, scene), scene);
    const present = drawOf(record, scene);
    const usual = Math.max(present, view.memory.baseWeights[record.recordId] ?? 0);
    return isWeighted(record, scene)
      ? ceilDiv(present * (usual + rest) * 1000, usual * (present + rest))
      : 1000;
  });
  return permille(lefts.length === 0 ? 0 : ceilDiv(sum(lefts), lefts.length));
}

/**
 * What part of a site’s traffic would go to each of the others, in millionths. A line where nobody else answers loses nothing.
 *
 * Example: two lines; on one the site is alone, on the other B has weight 30 and C 10: B gets 750,000 and C 250,000.
 */
export function partsOf(view: SiteView, scene: NameScene): ReadonlyMap<string, number> {
  const moved = view.enabled
    .map((record) => besides(record, scene))
    .filter((line) => line.length > 0);
  const parts = scene.sites.map(({ site, records }): readonly [string, number] => {
    const own = new Set(records.map(({ recordId }) => recordId));
    const perLine = moved.map((line) => {
      const draws = drawsOf(
        line.filter(({ recordId }) => own.has(recordId)),
        scene,
      );
      return floorDiv(draws * 1_000_000, drawsOf(line, scene) * moved.length);
    });
    return [site.name, sum(perLine)];
  });
  return new Map(parts);
}
