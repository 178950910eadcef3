import { type Attachment, type BackendSnapshot } from './pool';
import { freshValue } from './reading';

/** ECS freshly says that the instance does not run. A missing or stale reading says nothing. */
export function isInstanceDown(backend: BackendSnapshot): boolean {
  const facts = freshValue(backend.instance);
  return facts !== undefined && facts.status !== 'Running';
}

/**
 * The load balancer freshly says that it sends nothing new to this attachment: `abnormal` behind the given listener, or
 * behind every one of its listeners when `listenerPort` is null. Behind a listener without health check nobody is avoided.
 */
export function isAvoided(attachment: Attachment, listenerPort: number | null): boolean {
  const rows = (freshValue(attachment.health) ?? []).filter(
    (row) => listenerPort === null || row.listenerPort === listenerPort,
  );
  return rows.length > 0 && rows.every((row) => row.verdict === 'abnormal');
}

/**
 * Somebody else than ECS freshly says that it lives: it answers most of the probes of this look or, where nobody probed it, the load
 * balancer calls it normal. Right after a real stop the load balancer still does, but probes fail at once.
 */
function showsLife({ probe, attachments }: BackendSnapshot): boolean {
  const window = freshValue(probe);
  if (window !== undefined && window.probes > 0) return window.failures * 2 <= window.probes;
  return attachments.some(({ health }) =>
    (freshValue(health) ?? []).some(({ verdict }) => verdict === 'normal'),
  );
}

/** ECS says that it does not run, and nothing contradicts that. */
const isSurelyDown = (backend: BackendSnapshot): boolean =>
  isInstanceDown(backend) && !showsLife(backend);

/** Traffic may reach this attachment: it is not known to be dead. What takes away from it has to be allowed. */
export const mayServeAt = (
  backend: BackendSnapshot,
  attachment: Attachment,
  listenerPort: number | null,
): boolean =>
  attachment.weight > 0 && !isAvoided(attachment, listenerPort) && !isSurelyDown(backend);

/** Traffic can reach this attachment: weight above 0, and neither the load balancer nor ECS speaks against it. */
export const isServingAt = (
  backend: BackendSnapshot,
  attachment: Attachment,
  listenerPort: number | null,
): boolean =>
  attachment.weight > 0 && !isAvoided(attachment, listenerPort) && !isInstanceDown(backend);

/** Behind the given listener, or behind any of them, the load balancer freshly calls it normal. */
const isCalledNormal = ({ health }: Attachment, listenerPort: number | null): boolean =>
  (freshValue(health) ?? []).some(
    (row) =>
      row.verdict === 'normal' && (listenerPort === null || row.listenerPort === listenerPort),
  );

/** It answers probes or, where none were sent, ECS says that it runs. Nothing fresh at all is no sign of life. */
function isSeenAlive({ probe, instance }: BackendSnapshot): boolean {
  const window = freshValue(probe);
  if (window !== undefined && window.probes > 0) return window.failures < window.probes;
  return freshValue(instance)?.status === 'Running';
}

/**
 * It serves and can be relied on to carry what another one loses: the load balancer says right now that it is normal, or it is seen
 * alive. Health may be unreadable just when backends die, so what nobody knows anything of carries nobody.
 */
export const isReliableAt = (
  backend: BackendSnapshot,
  attachment: Attachment,
  listenerPort: number | null,
): boolean =>
  isServingAt(backend, attachment, listenerPort) &&
  (isCalledNormal(attachment, listenerPort) || isSeenAlive(backend));

/** It can be relied on behind at least one of its listeners. */
export const isReliable = (backend: BackendSnapshot): boolean =>
  backend.attachments.some((attachment) => isReliableAt(backend, attachment, null));

/** Traffic can reach the instance through at least one attachment. */
export const isServing = (backend: BackendSnapshot): boolean =>
  backend.attachments.some((attachment) => isServingAt(backend, attachment, null));

/**
 * Nothing can reach it, whatever its weights: the load balancer avoids it everywhere, or ECS says that it does not run and nothing
 * contradicts that.
 */
export const isKnownDead = (backend: BackendSnapshot): boolean =>
  isSurelyDown(backend) ||
  (backend.attachments.length > 0 &&
    backend.attachments.every((attachment) => isAvoided(attachment, null)));
