import { createHash } from 'node:crypto';
import { type RouteMember, memberKey } from '../slb/load-balancer';

/** Name of the cookie that the load balancer inserts. */
export const SESSION_COOKIE = 'SERVERID';

/** A backend's name in cookies: says nothing about the backend to the client. */
export const memberToken = (member: Pick<RouteMember, 'serverId' | 'port'>): string =>
  createHash('md5').update(memberKey(member)).digest('hex');

/** Value of one cookie of a `Cookie` header. Example: `cookieValue('a=1; b=2', 'b')` is `2`. */
export function cookieValue(header: string | undefined, name: string): string | undefined {
  for (const part of header?.split(';') ?? []) {
    const separator = part.indexOf('=');
    if (part.slice(0, separator).trim() === name) return part.slice(separator + 1).trim();
  }
  return undefined;
}

/** The inserted cookie: token and the second it was issued. Example: `SERVERID=0f…|1767225600;Path=/;Max-Age=600`. */
export const insertedCookie = (token: string, issuedAtMs: number, timeoutS: number): string =>
  `${SESSION_COOKIE}=${token}|${Math.floor(issuedAtMs / 1000)};Path=/;Max-Age=${timeoutS}`;

/** Token of an inserted cookie that has not run out; clients that ignore `Max-Age` are held to it here. */
export function liveToken(
  value: string | undefined,
  nowMs: number,
  timeoutS: number,
): string | undefined {
  const [token, issued] = value?.split('|') ?? [];
  const ageS = Math.floor(nowMs / 1000) - Number(issued);
  return token !== undefined && ageS >= 0 && ageS < timeoutS ? token : undefined;
}

/** `Set-Cookie` headers with the value of the named cookie replaced by the load balancer's token. */
export const rewriteCookie = (
  headers: readonly string[],
  name: string,
  token: string,
): readonly string[] =>
  headers.map((header) => {
    const end = header.indexOf(';');
    const isNamed = header.slice(0, header.indexOf('=')).trim() === name;
    return isNamed ? `${name}=${token}${end < 0 ? '' : header.slice(end)}` : header;
  });
