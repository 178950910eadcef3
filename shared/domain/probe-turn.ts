import { type PoolMemory } from './memory';
import { type ProbePolicy } from './policy';

export interface ProbeTurn {
  /** Who is probed in this window. */
  readonly chosen: readonly string[];
  /** Where the rotation goes on in the next one. */
  readonly nextCursor: number;
}

/**
 * Whose turn it is to be probed. Small pools: everybody. Larger ones: first those under suspicion, at most half of the
 * budget, then the next ones in rotation. The cursor moves past those at its head who were chosen, and no further, so that
 * everybody has a turn however many are under suspicion.
 *
 * Example: budget 200 probes, 10 per backend → 20 backends a window; a pool of 100 comes round in five windows.
 */
export function probeTurn(
  instanceIds: readonly string[],
  policy: ProbePolicy,
  memory: PoolMemory,
): ProbeTurn {
  const room = Math.max(1, Math.floor(policy.budgetPerWindow / policy.perWindow));
  if (instanceIds.length <= room) return { chosen: instanceIds, nextCursor: 0 };
  const start = memory.probeCursor % instanceIds.length;
  const rotated = [...instanceIds.slice(start), ...instanceIds.slice(0, start)];
  const first = rotated.filter((id) => isUnsettled(id, memory)).slice(0, Math.floor(room / 2));
  const preferred = new Set(first);
  const rest = rotated.filter((id) => !preferred.has(id)).slice(0, room - first.length);
  const chosen = new Set([...first, ...rest]);
  const passed = rotated.findIndex((id) => !chosen.has(id));
  return { chosen: [...chosen], nextCursor: (start + Math.max(0, passed)) % instanceIds.length };
}

function isUnsettled(instanceId: string, memory: PoolMemory): boolean {
  const backend = memory.backends[instanceId];
  return (
    backend !== undefined &&
    (backend.state !== 'healthy' || backend.badStreak > 0 || backend.outlierStreak > 0)
  );
}
