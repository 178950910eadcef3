import { type NamePolicy } from '../../domain/failover/name-policy';
import { instant } from '../../domain/units';
import { type NameReply } from './name-reply';
import { type NameRequest } from './name-request';
import { type OperateNameContext } from './operate-name-context';

/** Digests to look through for one that was not kept whole. */
const DIGESTS_MAX = 1000;

/** Recorded ticks of a name, newest first. */
export async function nameHistory(
  policy: NamePolicy,
  { from, to, limit }: Extract<NameRequest, { verb: 'name-history' }>,
  { portsFor }: OperateNameContext,
): Promise<NameReply> {
  const ticks = await portsFor(policy).archive.list(policy.name, {
    limit,
    ...(from === undefined ? {} : { from: instant(from) }),
    ...(to === undefined ? {} : { to: instant(to) }),
  });
  return { kind: 'name-history', name: policy.name, ticks };
}

/** One tick of a name: by id, by time, or the latest. */
export async function explainName(
  policy: NamePolicy,
  { tickId, at }: Extract<NameRequest, { verb: 'explain-name' }>,
  { portsFor }: OperateNameContext,
): Promise<NameReply> {
  const { archive } = portsFor(policy);
  const digests = await archive.list(policy.name, {
    ...(at === undefined ? {} : { to: instant(at) }),
    limit: tickId === undefined ? 1 : DIGESTS_MAX,
  });
  const digest = tickId === undefined ? digests[0] : digests.find((one) => one.tickId === tickId);
  if (digest === undefined)
    return {
      kind: 'refused',
      code: 'unknown-tick',
      message: `${policy.name} has no such tick on record.`,
    };
  const tick = digest.isWhole ? await archive.read(policy.name, digest.tickId) : null;
  return { kind: 'name-explanation', digest, tick };
}
