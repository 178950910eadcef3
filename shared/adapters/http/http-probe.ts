import { request } from 'node:http';
import { type ProbeTarget } from '../../ports/prober';

/** One probe: its latency, a failure of the backend, or nothing learnt because this machine could not ask. */
export type ProbeResult =
  | { readonly kind: 'answered'; readonly latencyUs: number }
  | { readonly kind: 'failed' }
  | { readonly kind: 'not-asked' };

export interface ProbeRequest {
  readonly target: ProbeTarget;
  readonly path: string;
  readonly timeoutMs: number;
}

/** Shortages of this machine, not of the backend. */
const OWN_SHORTAGES: readonly string[] = ['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'ENOMEM'];

/** Bytes of an answer that are read; what follows does not tell more about the backend. */
const BODY_BYTES_MAX = 65_536;

/**
 * One GET over a connection of its own, as a new client would come. Refused, reset, unreadable, late or 5xx is a failure.
 * Redirects and 4xx are answers: the service works, though it wants a login or another path; so is 429, which a rate
 * limiter may give to probes alone. Latency runs from before the connection to the end of the answer, in microseconds.
 */
export function probeOnce({ target, path, timeoutMs }: ProbeRequest): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const headers = { 'user-agent': 'evenkeel-probe', connection: 'close' };
    const outgoing = request({
      host: target.address,
      port: target.port,
      path,
      agent: false,
      headers,
    });
    const timer = setTimeout(() => settle({ kind: 'failed' }), timeoutMs);
    const settle = (result: ProbeResult): void => {
      clearTimeout(timer);
      resolve(result);
      outgoing.destroy();
    };
    const answered = (): void =>
      settle({ kind: 'answered', latencyUs: Math.round((performance.now() - startedAt) * 1000) });
    outgoing.on('error', (error: NodeJS.ErrnoException) =>
      settle({ kind: OWN_SHORTAGES.includes(error.code ?? '') ? 'not-asked' : 'failed' }),
    );
    outgoing.on('response', (response) => {
      let bytes = 0;
      if ((response.statusCode ?? 500) >= 500) {
        settle({ kind: 'failed' });
        return;
      }
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes >= BODY_BYTES_MAX) answered();
      });
      response.on('end', answered);
      response.on('error', () => settle({ kind: 'failed' }));
      response.on('aborted', () => settle({ kind: 'failed' }));
    });
    outgoing.end();
  });
}
