import { type DnsRecord } from './dns-record';
import { type MoveMemory, type NameMemory, type SiteMemory } from './name-memory';
import { holdsAddress, isPausedByUs } from './name-records';
import { type NamePolicy } from './name-policy';

/**
 * The memory with the moves in it that a worker had begun and could not count any more, because it ended in between: those under
 * which a site should have left, and of which a record shows that it has. A move of which nothing is to be seen did not take
 * place, and is not held against the next one.
 */
export function withBegunMoves(
  memory: NameMemory,
  records: readonly DnsRecord[],
  policy: Pick<NamePolicy, 'name' | 'type' | 'sites'>,
): NameMemory {
  const begun = policy.sites.flatMap((site): readonly MoveMemory[] => {
    const known = memory.sites[site.name];
    const move = known?.move ?? null;
    if (known === undefined || move === null || move.kind === 'failback') return [];
    if (memory.moves.some(({ moveId }) => moveId === move.moveId)) return [];
    const own = records.filter(
      (record) => record.type === policy.type && holdsAddress(record, site),
    );
    const isOut = own.some(
      (record) => isPausedByUs(record, memory, policy) || isLowered(record, known),
    );
    return isOut ? [{ ...move, siteName: site.name }] : [];
  });
  return begun.length === 0 ? memory : { ...memory, moves: [...memory.moves, ...begun] };
}

const isLowered = ({ recordId, weight }: DnsRecord, { baseWeights }: SiteMemory): boolean =>
  weight !== null && weight < (baseWeights[recordId] ?? 0);
