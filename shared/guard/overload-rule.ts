import { countSlowed, overloadPolicy, paceOf } from '../domain/overload';
import { type BackendSnapshot } from '../domain/pool';
import { type Step } from '../domain/proposal';
import { freshValue } from '../domain/reading';
import { isServing } from '../domain/serving';
import { roundDiv } from '../domain/units';
import { type Bench, type Refusal } from './bench';
import { isDecided } from './evidence';

const refuse = (detail: string): Refusal => ({ rule: 'guard-overload', detail });

/**
 * Under too much work every backend fails probes now and then; taking one out on suspicion gives the others more still, until all
 * fail (Google SRE book, "Addressing Cascading Failures"). What the load balancer, ECS or a person says is no suspicion.
 */
export function overloadRule(step: Step, backend: BackendSnapshot, bench: Bench): Refusal | null {
  if (isDecided(step, bench.pool, bench.policy) || !isServing(backend)) return null;
  const others = bench.pool.backends.filter(
    (other) => other.instanceId !== step.instanceId && isAtWork(other, bench),
  );
  return slowRule(others, bench) ?? cpuRule(backend, others, bench);
}

const isAtWork = (backend: BackendSnapshot, { pool }: Bench): boolean =>
  isServing(backend) && pool.memory.backends[backend.instanceId]?.state !== 'ejected';

function slowRule(others: readonly BackendSnapshot[], { pool, policy }: Bench): Refusal | null {
  const paces = others.flatMap((other) => {
    const window = freshValue(other.probe);
    const remembered = pool.memory.backends[other.instanceId]?.windows ?? [];
    return window === undefined ? [] : (paceOf(window, remembered, weightOf(other)) ?? []);
  });
  const overload = overloadPolicy(policy);
  const { slowed, answering, isOverload } = countSlowed(paces, overload);
  return isOverload
    ? refuse(
        `${slowed} of ${answering} others take ${overload.slowdown / 1000} times their best latency or more`,
      )
    : null;
}

/**
 * The CPU that the others would reach by taking over its share of the work, by their weights. It gives away no more than they use
 * themselves: what it burns beyond that is its fault, not work.
 *
 *     projected = mean of the others + min(own, mean of the others) × own weight ÷ weight of the others
 *
 * Example: three at 70 % → 70 + 70 × 100 ÷ 200 = 105 %: nobody can be spared. One of six at 60 % → 72 %.
 */
function cpuRule(
  backend: BackendSnapshot,
  others: readonly BackendSnapshot[],
  { policy }: Bench,
): Refusal | null {
  const known = others.flatMap((other) => freshValue(other.cpu) ?? []);
  const own = freshValue(backend.cpu);
  if (own === undefined || known.length === 0) return null;
  const mean = roundDiv(
    known.reduce<number>((sum, value) => sum + value, 0),
    known.length,
  );
  const carried = Math.max(
    1,
    others.reduce((sum, other) => sum + weightOf(other), 0),
  );
  const projected = mean + roundDiv(Math.min(own, mean) * weightOf(backend), carried);
  const { cpuMax } = overloadPolicy(policy);
  return projected >= cpuMax
    ? refuse(`the others would be at ${projected / 10} % of their CPU`)
    : null;
}

const weightOf = ({ attachments }: BackendSnapshot): number =>
  attachments.reduce((sum, { weight }) => sum + weight, 0);
