import { type Attachment, type BackendSnapshot } from './pool';
import { freshValue } from './reading';

/** ECS freshly says that the instance does not run. A missing or stale reading says nothing. */
export function isInstanceDown(backend: BackendSnapshot): boolean {
  const facts = freshValue(backend.instance);
  return facts !== undefined && facts.status !== 'Running';
}

/**
 * The load balancer freshly says that it sends nothing new to this attachment: `abnormal` behind the given listener, or
 * behind every one of its listeners when `listenerPort` is null.
 */
export function isAvoided(attachment: Attachment, listenerPort: number | null): boolean {
  const rows = (freshValue(attachment.health) ?? []).filter(
    (row) => listenerPort === null || row.listenerPort === listenerPort,
  );
  return rows.length > 0 && rows.every((row) => row.verdict === 'abnormal');
}

/** Traffic can reach this attachment: weight above 0, not known to be dead. */
export const isServingAt = (
  backend: BackendSnapshot,
  attachment: Attachment,
  listenerPort: number | null,
): boolean =>
  attachment.weight > 0 && !isAvoided(attachment, listenerPort) && !isInstanceDown(backend);

/** Traffic can reach the instance through at least one attachment. */
export const isServing = (backend: BackendSnapshot): boolean =>
  backend.attachments.some((attachment) => isServingAt(backend, attachment, null));

/** Nothing can reach it, whatever its weights: the load balancer avoids it everywhere, or ECS says it does not run. */
export const isKnownDead = (backend: BackendSnapshot): boolean =>
  isInstanceDown(backend) ||
  (backend.attachments.length > 0 &&
    backend.attachments.every((attachment) => isAvoided(attachment, null)));
