import { type CapacitySnapshot } from '../../domain/capacity';
import { type Reading } from '../../domain/reading';
import { type ScalePolicy } from '../../domain/scale-policy';
import { permilleOf } from '../../domain/units';
import { amount } from './describe-load';
import { type HeldLimit, heldBy } from './held-limit';

/**
 * What forbids scaling in though every metric agrees. An outage makes CPU idle: errors, response times and sick instances
 * tell it from a quiet night. What a veto needs to know and does not know forbids too; what nobody can count (requests, behind a
 * listener at layer 4) does not.
 *
 * Example: CPU 20 % with 5 % of the requests failing → `errors`.
 */
export function vetoesOf(
  { vetoes, in: inwards }: Pick<ScalePolicy, 'vetoes' | 'in'>,
  { errorShare, latencyMs }: Pick<CapacitySnapshot, 'errorShare' | 'latencyMs'>,
  counts: { readonly serving: number; readonly unhealthy: number },
): readonly HeldLimit[] {
  const share = (value: number): string => amount('cpu', value);
  const span = (value: number): string => `${value} ms`;
  return [
    ...(inwards.enabled ? [] : [heldBy('disabled', 'Scaling in is switched off.')]),
    ...judge('errors', 'Share of failed requests', {
      read: errorShare,
      limit: vetoes.errorShare,
      say: share,
    }),
    ...judge('latency', 'Response time', { read: latencyMs, limit: vetoes.latencyMs, say: span }),
    ...unhealthy(vetoes.unhealthyShare, counts),
  ];
}

function judge(
  veto: 'errors' | 'latency',
  name: string,
  { read, limit, say }: { read: Reading<number>; limit: number | null; say: (n: number) => string },
): readonly HeldLimit[] {
  if (limit === null) return [];
  if (isUncounted(read)) return [];
  if (read.kind !== 'ok') return [heldBy(veto, `${name} is ${read.kind}.`)];
  if (read.value <= limit) return [];
  return [heldBy(veto, `${name} is ${say(read.value)}, more than ${say(limit)}.`)];
}

const isUncounted = (read: Reading<number>): boolean =>
  read.kind === 'missing' && read.reason === 'not-configured';

/** Vetoes that the policy asks for and that cannot speak, as nobody counts what they look at. */
export function muteVetoes(
  { vetoes }: Pick<ScalePolicy, 'vetoes'>,
  { errorShare, latencyMs }: Pick<CapacitySnapshot, 'errorShare' | 'latencyMs'>,
): readonly string[] {
  return [
    ...(vetoes.errorShare !== null && isUncounted(errorShare)
      ? ['Nobody counts failed requests here: that veto is off.']
      : []),
    ...(vetoes.latencyMs !== null && isUncounted(latencyMs)
      ? ['Nobody measures response times here: that veto is off.']
      : []),
  ];
}

function unhealthy(
  limit: number | null,
  counts: { readonly serving: number; readonly unhealthy: number },
): readonly HeldLimit[] {
  const all = counts.serving + counts.unhealthy;
  if (limit === null || counts.unhealthy * 1000 <= limit * all) return [];
  const share = amount('cpu', permilleOf(counts.unhealthy, all));
  const text = `${counts.unhealthy} of ${all} instances are unhealthy, ${share}, more than ${amount('cpu', limit)}.`;
  return [heldBy('unhealthy', text)];
}
