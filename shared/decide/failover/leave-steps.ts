import { type DnsRecord } from '../../domain/failover/dns-record';
import { type NameStep } from '../../domain/failover/name-proposal';
import { ceilDiv, clamp } from '../../domain/units';
import { type Departure } from './departure';
import { besides, drawsOf } from './line-shares';
import { noteSteps, pauseStep, weightSteps } from './record-steps';
import { isWeighted, type NameScene } from './scene';

/** Every line that holds the address: our note, weight 1 where weighting is on, then the pause. */
export function takeOut({ view, cause, move }: Departure, scene: NameScene): readonly NameStep[] {
  const { moveId } = move;
  return holding(view.enabled, scene).flatMap((record) => [
    ...noteSteps(record, view, cause.reason, scene),
    ...(isWeighted(record, scene)
      ? weightSteps(record, view, cause.reason, { to: 1, moveId })
      : []),
    pauseStep(record, view, cause.reason, moveId),
  ]);
}

/** Those that somebody else stands beside come first: a line that has nobody else must not hold up the others. */
const holding = (records: readonly DnsRecord[], scene: NameScene): readonly DnsRecord[] => [
  ...records.filter((record) => besides(record, scene).length > 0),
  ...records.filter((record) => besides(record, scene).length === 0),
];

/** Weights at which the site keeps what the others cannot carry. Lines without weighting keep all of it. */
export function lighten(
  { view, move, forecast }: Departure,
  scene: NameScene,
): readonly NameStep[] {
  const divisible = view.enabled.filter(
    (record) => isWeighted(record, scene) && besides(record, scene).length > 0,
  );
  return divisible.flatMap((record) => {
    const to = lighterWeight(record, forecast.fit ?? 0, scene);
    if (to >= (record.weight ?? 1)) return [];
    return [
      ...noteSteps(record, view, 'failover-partial', scene),
      ...weightSteps(record, view, 'failover-partial', { to, moveId: move.moveId }),
    ];
  });
}

/**
 * The weight at which a record loses so much of its share, rounded up so that never more moves than fits. With own weight w, the
 * others’ W and a share of m permille to lose: w′ = w(1000 − m)W ÷ (1000(w + W) − w(1000 − m)).
 *
 * Example: 100 beside 100, half of it to lose: 50 % become 25 %, so 34 beside 100.
 */
function lighterWeight(record: DnsRecord, lost: number, scene: NameScene): number {
  const own = record.weight ?? 1;
  const rest = drawsOf(besides(record, scene), scene);
  const kept = own * (1000 - lost);
  return clamp(ceilDiv(kept * rest, 1000 * (own + rest) - kept), 1, 100);
}
