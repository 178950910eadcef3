import { attachmentKey } from '../../domain/attachment';
import { type PoolPolicy } from '../../domain/policy';
import { type PoolSnapshot } from '../../domain/pool';
import { type TargetKey } from '../../domain/target';
import { managedWeight } from '../base-weights';
import { type Entry } from './roster';

/** What a backend gets where nothing tells its worth. */
const WEIGHT_DEFAULT = 100;

/**
 * The weight that a new backend is to reach: by its vCPU under `managed`; under `preserve` the middle of what its peers of
 * the same size weigh when they are well, else of all peers, else the membership policy’s, else 100.
 */
export function typicalWeight(
  { facts }: Pick<Entry, 'facts'>,
  key: TargetKey,
  pool: PoolSnapshot,
  policy: PoolPolicy,
): number {
  const { weights } = policy.heal;
  if (weights.kind === 'managed' && facts !== null && facts.cpuCount > 0)
    return managedWeight(facts.cpuCount, weights);
  const peers = pool.backends.flatMap((backend) =>
    backend.attachments
      .filter(({ targetKey }) => targetKey === key)
      .map((attachment) => ({
        size: backend.instance.kind === 'missing' ? null : backend.instance.value.instanceType,
        weight:
          pool.memory.backends[backend.instanceId]?.baseWeights[
            attachmentKey(backend, attachment)
          ] ?? attachment.weight,
      }))
      .filter(({ weight }) => weight > 0),
  );
  const alike = peers.filter(({ size }) => size === facts?.instanceType);
  return (
    middle(alike.map(({ weight }) => weight)) ??
    middle(peers.map(({ weight }) => weight)) ??
    policy.membership?.weight ??
    WEIGHT_DEFAULT
  );
}

/** The upper of the two in the middle. Example: 10, 50, 100 → 50. */
function middle(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
