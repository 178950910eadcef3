import { type ChannelAddress, checkChannels } from './check-channels';
import { type Finding, unwell, well } from './finding';

/** One address that must be reached. */
export interface Endpoint {
  readonly name: string;
  /** With scheme and host, such as `https://slb.aliyuncs.com`. */
  readonly url: string;
}

export interface EndpointContext {
  readonly endpoints: readonly Endpoint[];
  /** Where people are told; their clocks are nobody's measure. */
  readonly channels: readonly ChannelAddress[];
  readonly now: () => number;
  readonly tell: (text: string) => void;
}

const TIMEOUT_MS = 5_000;
/** A signature is refused from a quarter of an hour on; freshness limits suffer long before. */
const SKEW_WARNING_MS = 5_000;
const SKEW_PROBLEM_MS = 5 * 60_000;
/** The header has whole seconds. */
const DATE_GRAIN_MS = 1_000;

/** Reaches each address once over plain HTTP: any answer will do. The answers' dates tell how wrong the clock here is. */
export async function checkEndpoints(context: EndpointContext): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const skews: number[] = [];
  for (const endpoint of context.endpoints) {
    context.tell(endpoint.url);
    const { finding, skewMs } = await reach(endpoint, context);
    findings.push(finding);
    if (skewMs !== null) skews.push(skewMs);
  }
  return [...findings, ...(await checkChannels(context.channels)), clockFinding(skews)];
}

async function reach(
  { name, url }: Endpoint,
  { now }: EndpointContext,
): Promise<{ readonly finding: Finding; readonly skewMs: number | null }> {
  const startedAt = now();
  const host = new URL(url).host;
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const reply = await fetch(url, { signal, redirect: 'manual' });
    await reply.body?.cancel();
    const endedAt = now();
    const sentence = `${name} answers at ${host} within ${endedAt - startedAt} ms.`;
    const theirs = Date.parse(reply.headers.get('date') ?? '');
    const ours = (startedAt + endedAt) / 2;
    return {
      finding: well('endpoints', host, sentence),
      skewMs: Number.isNaN(theirs) ? null : ours - (theirs + DATE_GRAIN_MS / 2),
    };
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    const reason = cause instanceof Error ? cause.message : String(cause);
    return { finding: unreached(name, host, reason), skewMs: null };
  }
}

const unreached = (name: string, host: string, reason: string): Finding =>
  unwell('endpoints', host, {
    sentence: `${name} cannot be reached at ${host}: ${reason || 'no answer'}.`,
    remedy:
      'Check name resolution, proxy and firewall; inside a VPC give the vSwitch a NAT gateway, or set EVENKEEL_OPENAPI_NETWORK=vpc.',
  });

/** The clock here beside theirs; the smallest difference counts, as a slow answer only adds to it. */
function clockFinding(skews: readonly number[]): Finding {
  if (skews.length === 0)
    return unwell('clock', 'clock', {
      status: 'skipped',
      sentence: 'Nobody told the time, so the clock could not be compared.',
      remedy: 'See what is said of endpoints.',
    });
  const skew = skews.reduce((least, one) => (Math.abs(one) < Math.abs(least) ? one : least));
  const seconds = Math.round(Math.abs(skew) / 1000);
  if (Math.abs(skew) <= SKEW_WARNING_MS)
    return well('clock', 'clock', `The clock differs by less than ${SKEW_WARNING_MS / 1000} s.`);
  return unwell('clock', 'clock', {
    status: Math.abs(skew) > SKEW_PROBLEM_MS ? 'problem' : 'warning',
    sentence: `The clock here is ${seconds} s ${skew > 0 ? 'ahead' : 'behind'}.`,
    remedy: 'Keep it by NTP: signatures are refused from 15 minutes on, and samples seem stale.',
  });
}
