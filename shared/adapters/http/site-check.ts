import { type ClientRequest, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type SiteLook } from '../../ports/vantages';

/** One attempt: its latency, a failure of the site, or nothing learnt because this machine could not ask. */
export type SiteCheckResult =
  | { readonly kind: 'answered'; readonly latencyMs: number }
  | { readonly kind: 'failed'; readonly detail: string }
  | { readonly kind: 'not-asked'; readonly detail: string };

type Target = Pick<SiteLook, 'address' | 'host' | 'check'>;

export interface SiteCheckRequest {
  readonly target: Target;
  /** Authorities beside the machine's own, as PEM. */
  readonly authorities?: string | undefined;
}

type Settle = (problem: string | null) => void;

/** Shortages of this machine or of its own network and resolver, not of the site. */
const OWN_SHORTAGES: readonly string[] = [
  ...['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'ENOMEM'],
  ...['ENETUNREACH', 'ENETDOWN', 'EAI_AGAIN'],
];

/** Bytes of an answer that are read; what follows does not tell more about the site. */
const BODY_BYTES_MAX = 65_536;

/**
 * One look over a connection of its own, as a new client would come: HTTP and HTTPS want a whole answer with a status of the range and
 * follow no redirect, TLS a finished handshake, TCP a connection. Certificates are verified for the host. Never rejects, and ends after
 * `check.timeoutMs`, which also covers finding the address of a name. Latency runs from before the connection, in milliseconds.
 */
export function checkSite(request: SiteCheckRequest): Promise<SiteCheckResult> {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const { timeoutMs } = request.target.check;
    const settle = (result: SiteCheckResult): void => {
      clearTimeout(timer);
      resolve(result);
      connection?.destroy();
    };
    const ended: Settle = (problem) =>
      settle(
        problem === null
          ? { kind: 'answered', latencyMs: Math.round(performance.now() - startedAt) }
          : { kind: 'failed', detail: problem },
      );
    const timer = setTimeout(() => ended(`no answer in ${timeoutMs} ms`), timeoutMs);
    let connection: ClientRequest | Socket | undefined;
    try {
      connection = open(request, ended);
    } catch {
      // What cannot even be asked for (a path or host that is no text for HTTP) says nothing about the site.
      settle({ kind: 'not-asked', detail: 'the check cannot be made' });
      return;
    }
    connection.on('error', (error: NodeJS.ErrnoException) => {
      const code = error.code ?? error.name;
      const isOurs = OWN_SHORTAGES.includes(code);
      settle(isOurs ? { kind: 'not-asked', detail: code } : { kind: 'failed', detail: code });
    });
  });
}

function open(request: SiteCheckRequest, ended: Settle): ClientRequest | Socket {
  const { address: host, check } = request.target;
  const { port } = check;
  switch (check.protocol) {
    case 'tcp':
      return connectTcp({ host, port }, () => ended(null));
    case 'tls':
      return connectTls({ host, port, ...tlsSettings(request) }, () => ended(null));
    case 'http':
    case 'https':
      return get(request, ended);
  }
}

/** A certificate is for a name: an address as host has no server name to send, and is verified as the address. */
const tlsSettings = ({ target: { host }, authorities }: SiteCheckRequest) => ({
  ...(isIP(host) === 0 && { servername: host }),
  ...(authorities !== undefined && { ca: authorities }),
  rejectUnauthorized: true,
});

function get(request: SiteCheckRequest, ended: Settle): ClientRequest {
  const { address, host, check } = request.target;
  const { port, path, statusMin, statusMax } = check;
  const headers = { host, 'user-agent': 'evenkeel-probe', connection: 'close' };
  const options = { host: address, port, path, agent: false, headers } as const;
  const outgoing =
    check.protocol === 'https'
      ? httpsRequest({ ...options, ...tlsSettings(request) })
      : httpRequest(options);
  outgoing.on('response', (response) => {
    const status = response.statusCode ?? 0;
    let bytes = 0;
    response.on('error', () => ended('the answer broke off'));
    response.on('aborted', () => ended('the answer broke off'));
    response.on('end', () => ended(null));
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes >= BODY_BYTES_MAX) ended(null);
    });
    if (status < statusMin || status > statusMax) ended(`status ${status}`);
  });
  outgoing.end();
  return outgoing;
}
