import {
  type Agent,
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
  request as send,
} from 'node:http';
import { type ListenerSettings } from '../slb/listener';
import { type ListenerCounters, statusClass } from '../slb/listener-counters';
import { type RouteMember } from '../slb/load-balancer';
import { endToEnd, forwardedFor } from './http-headers';
import { insertedCookie, memberToken, rewriteCookie } from './session-cookie';

export interface HttpExchangeOptions {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly member: RouteMember;
  readonly settings: ListenerSettings;
  readonly agent: Agent;
  readonly counters: ListenerCounters;
  readonly now: () => number;
  /** The client came without a session that could be kept. */
  readonly isNewSession: boolean;
}

/** One request on its way through the load balancer: to one backend and back. */
export class HttpExchange {
  private readonly options: HttpExchangeOptions;
  private readonly startedAt = performance.now();
  private upstream: ClientRequest | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isOver = false;

  constructor(options: HttpExchangeOptions) {
    this.options = options;
  }

  begin(): void {
    const { request, response, settings } = this.options;
    this.timer = setTimeout(() => this.fail(504), settings.requestTimeoutS * 1000);
    response.once('close', () => this.end());
    request.once('error', () => this.end());
    this.send();
  }

  /** Ends it at once because its backend must go. */
  cut(): void {
    this.fail(502);
  }

  private send(): void {
    const { request, member, agent } = this.options;
    const upstream = send({
      host: member.address,
      port: member.port,
      method: request.method,
      path: request.url,
      headers: this.requestHeaders(),
      agent,
      setHost: false,
    });
    this.upstream = upstream;
    upstream.once('response', (answer) => this.relay(answer));
    upstream.once('error', () => this.fail(502));
    if (hasBody(request)) request.pipe(upstream);
    else upstream.end();
  }

  private requestHeaders(): OutgoingHttpHeaders {
    const { request, settings } = this.options;
    const headers = endToEnd(request.headers);
    if (request.headers['transfer-encoding'] !== undefined)
      headers['transfer-encoding'] = 'chunked';
    if (!settings.xForwardedFor) return headers;
    return {
      ...headers,
      'x-forwarded-for': forwardedFor(
        request.headers['x-forwarded-for'],
        request.socket.remoteAddress ?? '',
      ),
    };
  }

  private relay(answer: IncomingMessage): void {
    if (this.isOver) return void answer.destroy();
    clearTimeout(this.timer);
    const { response, counters } = this.options;
    const status = answer.statusCode ?? 502;
    counters.upstreamResponses++;
    counters.upstreamLatencyMs += performance.now() - this.startedAt;
    counters.upstreamStatuses[statusClass(status)]++;
    response.writeHead(status, this.responseHeaders(answer, status));
    answer.once('error', () => response.destroy());
    answer.pipe(response);
  }

  private responseHeaders(answer: IncomingMessage, status: number): OutgoingHttpHeaders {
    const { settings, member, isNewSession } = this.options;
    const headers = endToEnd(answer.headers);
    if (!settings.stickySession) return headers;
    const own = answer.headers['set-cookie'] ?? [];
    const token = memberToken(member);
    if (settings.stickySessionType === 'server')
      return own.length === 0
        ? headers
        : { ...headers, 'set-cookie': [...rewriteCookie(own, settings.cookie, token)] };
    const isGiven = isNewSession && statusClass(status) !== '4xx';
    return isGiven
      ? {
          ...headers,
          'set-cookie': [
            ...own,
            insertedCookie(token, this.options.now(), settings.cookieTimeoutS),
          ],
        }
      : headers;
  }

  /** Answers with a status of the load balancer's own, or breaks off when the answer has begun. */
  private fail(status: 502 | 504): void {
    if (this.isOver) return;
    const { response } = this.options;
    if (response.headersSent) response.destroy();
    // What is left of the request's body would be taken for the next request.
    else
      response
        .writeHead(status, {
          'content-length': 0,
          ...(hasBody(this.options.request) && { connection: 'close' }),
        })
        .end();
    this.end();
  }

  private end(): void {
    if (this.isOver) return;
    this.isOver = true;
    clearTimeout(this.timer);
    // A finished exchange has given its connection back to the pool; any other must not be used again.
    if (!this.options.response.writableFinished) this.upstream?.destroy();
  }
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined ||
  (headers['content-length'] !== undefined && headers['content-length'] !== '0');
