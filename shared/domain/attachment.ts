import { type Attachment, type BackendSnapshot } from './pool';
import { type TargetKey } from './target';

/**
 * The key under which base weights and written weights of one attachment are remembered: the target's key, and the port
 * only where the same instance stands in the same target more than once.
 *
 * Example: `lb-1/rsp-2`, or `lb-1/rsp-2:8080` beside `lb-1/rsp-2:8081`.
 */
export function attachmentKey(
  backend: BackendSnapshot,
  place: { readonly targetKey: TargetKey; readonly port: number },
): string {
  const twins = backend.attachments.filter((other) => other.targetKey === place.targetKey).length;
  return twins > 1 ? `${place.targetKey}:${place.port}` : place.targetKey;
}

/**
 * Where an attachment is, however the policy names the target: load balancer, group and port.
 *
 * Example: `lb-1/rsp-2:8080`, of the target `lb-1/rsp-2` and of the target `lb-1/rsp-2/8080`.
 */
export function placeOf(place: { readonly targetKey: TargetKey; readonly port: number }): string {
  const [loadBalancerId, serverGroupId] = place.targetKey.split('/');
  return `${loadBalancerId}/${serverGroupId}:${place.port}`;
}

/** Attachments in a fixed order, so that decisions do not depend on the order of a reply. */
export const sortedAttachments = (backend: BackendSnapshot): readonly Attachment[] =>
  [...backend.attachments].sort((a, b) => compareText(a.targetKey, b.targetKey) || a.port - b.port);

/** Order by code unit: the same on every machine, whatever its locale. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
