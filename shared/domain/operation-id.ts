/**
 * An id that is the same whenever the same facts are: a repeated tick sends the same client token, and the cloud starts
 * nothing twice. Two FNV-1a hashes over the parts, in base 36; at most 40 characters of `A-Za-z0-9-`.
 *
 * Example: operationId('restart', ['web', 'i-1', '1764000000000']) → `restart-…`.
 */
export function operationId(kind: 'restart' | 'reboot', parts: readonly string[]): string {
  return `${kind}-${checksum([kind, ...parts])}`;
}

/** Fourteen characters of `0-9a-z` that stand for the parts, the same whenever they are. */
export function checksum(parts: readonly string[]): string {
  const text = JSON.stringify(parts);
  return `${fnv1a(text, 0x811c9dc5)}${fnv1a(text, 0x01000193)}`;
}

function fnv1a(text: string, seed: number): string {
  let hash = seed;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0).toString(36).padStart(7, '0');
}
