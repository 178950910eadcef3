import { type BackOffMemory, type ScaleMemory } from './scale-memory';
import { type LaunchOption, type LaunchPolicy } from './scale-policy';
import { type Instant, plus, since } from './units';

/**
 * What a back-off is remembered under. Region, zone, type and charge type, never less: spot that is sold out says nothing
 * about pay-as-you-go (karpenter-provider-aws#371, #900).
 *
 * Example: `cn-hangzhou/cn-hangzhou-h/ecs.c7.large/spot`.
 */
export const backOffKey = (regionId: string, { zoneId, instanceType, chargeType }: Way): string =>
  [regionId, zoneId, instanceType, chargeType].join('/');

/** Where and as what a machine is had, by launching it or by starting one that rests there. */
export type Way = Pick<LaunchOption, 'zoneId' | 'instanceType' | 'chargeType'>;
type Option = Way & Partial<Pick<LaunchOption, 'vSwitchId'>>;

/** Where a full vSwitch is remembered: another vSwitch of the same zone may have addresses left. */
const networkKey = (regionId: string, option: Option): string =>
  `${backOffKey(regionId, option)}/${option.vSwitchId ?? 'template'}`;

type Kind = BackOffMemory['kind'];
type BackOffs = ScaleMemory['backOff'];

/** The key under which one kind of refusal of an option is remembered. */
export const keyOfRefusal = (regionId: string, option: Option, kind: Kind): string =>
  kind === 'network' ? networkKey(regionId, option) : backOffKey(regionId, option);

/** Everything that is remembered against an option; back-offs that are over are among it. */
export const backOffsOf = (
  memory: BackOffs,
  regionId: string,
  option: LaunchOption,
): readonly BackOffMemory[] =>
  [backOffKey(regionId, option), networkKey(regionId, option)].flatMap((key) => memory[key] ?? []);

/** What says nothing about the option, only about the call: the same one is tried again at the next tick. */
const PASSING: readonly Kind[] = ['throttled', 'transient', 'lost'];

/** An outage or a lost answer is never a statement about capacity (karpenter-provider-aws#5937). */
export const isAgainstOption = ({ kind }: { readonly kind: Kind }): boolean =>
  !PASSING.includes(kind);

/** Doubled so often, the shortest back-off is longer than any longest one: more would only make large numbers. */
const DOUBLINGS_MAX = 20;

/**
 * The back-off after a refusal, or null where the option is not to blame. It doubles with every failure and is forgotten
 * after `resetMs` without one. It is never shorter than the time an instance may take to come up, else two dead zones
 * would be tried in turn for ever (gardener/autoscaler#370).
 *
 *     until = now + min(max(baseMs, provisionTimeoutMs) × 2^(failures − 1), max(maxMs, provisionTimeoutMs))
 *
 * Example: base 5 min, provisioning 15 min, largest 30 min: 15 min, then 30 min, then 30 min.
 */
export function backOffAfter(
  before: BackOffMemory | undefined,
  refusal: Pick<BackOffMemory, 'kind' | 'code'>,
  policy: Pick<LaunchPolicy, 'backOff' | 'provisionTimeoutMs'>,
  now: Instant,
): BackOffMemory | null {
  if (!isAgainstOption(refusal)) return null;
  const { kind, code } = refusal;
  const { baseMs, maxMs, resetMs } = policy.backOff;
  const isRepeated = before !== undefined && since(before.lastFailureAt, now) < resetMs;
  const failures = isRepeated ? before.failures + 1 : 1;
  const shortest = Math.max(baseMs, policy.provisionTimeoutMs);
  const longest = Math.max(maxMs, policy.provisionTimeoutMs);
  const doubled = shortest * 2 ** Math.min(failures - 1, DOUBLINGS_MAX);
  const until = plus(now, Math.min(doubled, longest));
  return { until, failures, lastFailureAt: now, kind, code };
}

/** What keeps a machine from being had there now: it stands against starting one as it does against launching one. */
export const lackAt = (
  memory: BackOffs,
  regionId: string,
  way: Way,
  now: Instant,
): BackOffMemory | undefined => {
  const backOff = memory[backOffKey(regionId, way)];
  return backOff !== undefined && backOff.kind !== 'late-failure' && backOff.until > now
    ? backOff
    : undefined;
};

/** The back-offs with one more refusal in them. */
export function withRefusal(
  memory: BackOffs,
  refusal: Pick<BackOffMemory, 'kind' | 'code'> & {
    readonly regionId: string;
    readonly option: Option;
  },
  policy: Pick<LaunchPolicy, 'backOff' | 'provisionTimeoutMs'>,
  now: Instant,
): BackOffs {
  const key = keyOfRefusal(refusal.regionId, refusal.option, refusal.kind);
  const after = backOffAfter(memory[key], refusal, policy, now);
  return after === null ? memory : { ...memory, [key]: after };
}

/** The back-offs without what stands against an option, or without some kinds of it. */
export function withoutBackOff(
  memory: BackOffs,
  { regionId, option }: { readonly regionId: string; readonly option: LaunchOption },
  isOver: (backOff: BackOffMemory) => boolean = () => true,
): BackOffs {
  const keys = [backOffKey(regionId, option), networkKey(regionId, option)];
  return Object.fromEntries(
    Object.entries(memory).filter(([key, backOff]) => !(keys.includes(key) && isOver(backOff))),
  );
}
