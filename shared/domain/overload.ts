import { type BackendMemory } from './memory';
import { type OverloadPolicy, type PoolPolicy } from './policy';
import { type ProbeWindow } from './probe-window';
import { permille } from './units';

/**
 * Without the section: three times the best latency is far beyond what unequal hours of a day make; a backend whose share of
 * the work would drive the others to 95 % of their CPU cannot be spared, because figures are a minute old or more; two probes a window still tell who answers.
 */
export const DEFAULT_OVERLOAD: OverloadPolicy = {
  slowdown: permille(3000),
  cpuMax: permille(950),
  probesPerWindow: 2,
};

export const overloadPolicy = ({ guards }: PoolPolicy): OverloadPolicy =>
  guards.overload ?? DEFAULT_OVERLOAD;

/** Windows that must be remembered before the best of them says how fast a backend is when it is well. */
const WINDOWS_MIN = 2;

/** How long a backend takes to answer now, and how long at its best, in microseconds; and how much of the work it has. */
export interface Pace {
  readonly latencyUs: number;
  readonly bestUs: number;
  readonly weight: number;
}

/** Null where it does not answer, or is not known well enough yet. `before`: the windows before this one. */
export function paceOf(
  window: ProbeWindow,
  before: readonly ProbeWindow[],
  weight: number,
): Pace | null {
  const known = before.flatMap(({ latencyMedianUs }) => latencyMedianUs ?? []);
  if (window.latencyMedianUs === null || known.length < WINDOWS_MIN) return null;
  return { latencyUs: window.latencyMedianUs, bestUs: Math.min(...known), weight };
}

/**
 * How many of those that answer take `slowdown` times their best or more. When they have half of the work or more, it is too much for
 * the pool: no fault of one backend makes its peers slow. A newcomer at the beginning of its ramp is fast and says little.
 *
 * Example: 120 ms at best and 400 ms now is slowed at 3000 ‰; two of three such backends are an overload.
 */
export function countSlowed(
  paces: readonly Pace[],
  { slowdown }: OverloadPolicy,
): { readonly slowed: number; readonly answering: number; readonly isOverload: boolean } {
  const slow = paces.filter((pace) => pace.latencyUs * 1000 >= slowdown * pace.bestUs);
  const isOverload = slow.length > 0 && 2 * weigh(slow) >= weigh(paces);
  return { slowed: slow.length, answering: paces.length, isOverload };
}

const weigh = (paces: readonly Pace[]): number =>
  paces.reduce((sum, { weight }) => sum + weight, 0);

/** Whether the pool was overloaded when it was last probed, by what is remembered. */
export function wasOverloaded(memories: readonly BackendMemory[], policy: PoolPolicy): boolean {
  const paces = memories
    .filter(({ state }) => state !== 'ejected')
    .flatMap(({ windows: [newest, ...before] }) =>
      newest === undefined ? [] : (paceOf(newest, before, 1) ?? []),
    );
  return countSlowed(paces, overloadPolicy(policy)).isOverload;
}
