import { type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';

/** Headers about one connection, which a proxy must not pass on. */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** Headers to pass on: without those of the connection, those that `Connection` names included. */
export function endToEnd(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  const dropped = new Set([...HOP_BY_HOP, ...named]);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.has(name)));
}

/** The chain of addresses a request came through. Example: `10.0.0.1` after `192.0.2.7` gives `192.0.2.7, 10.0.0.1`. */
export const forwardedFor = (
  before: string | readonly string[] | undefined,
  address: string,
): string => [before ?? [], address].flat().join(', ');
