import { type LocalService, type Parameters } from '../contracts';

/** One call as the region saw it. Neither signatures nor tokens are kept. */
export interface LoggedRequest {
  readonly at: number;
  readonly requestId: string;
  /** Undefined when the version is nobody's. */
  readonly product: LocalService['product'] | undefined;
  readonly version: string;
  readonly action: string;
  /** How it came: over a socket, or by a direct call of the models. */
  readonly via: 'GET' | 'POST' | 'in-process';
  readonly signature: 'ACS3-HMAC-SHA256' | 'HMAC-SHA1' | 'none';
  readonly accessKeyId: string | undefined;
  readonly parameters: Parameters;
  /** Lower-case names; values of secrets are left empty. */
  readonly headers: Readonly<Record<string, string>>;
  /** 200, the error's status, or 0 when nothing was answered. */
  readonly status: number;
  /** The error's code, or undefined. */
  readonly code: string | undefined;
  /** What went wrong inside the region itself, for whoever repairs it. */
  readonly defect: string | undefined;
  readonly durationMs: number;
}

export interface RequestQuery {
  readonly product?: LocalService['product'];
  readonly action?: string;
  readonly since?: number;
  readonly status?: number;
}

/** The last requests, newest last, and a count per API since the start. */
export class RequestLog {
  readonly #capacity: number;
  #entries: LoggedRequest[] = [];
  readonly #counts = new Map<string, number>();
  #waiting: { readonly query: RequestQuery; readonly resolve: (entry: LoggedRequest) => void }[] =
    [];

  constructor(capacity = 10_000) {
    this.#capacity = capacity;
  }

  add(entry: LoggedRequest, isServed: boolean): void {
    this.#entries.push(entry);
    if (this.#entries.length >= 2 * this.#capacity)
      this.#entries = this.#entries.slice(-this.#capacity);
    const api =
      isServed && entry.product !== undefined ? `${entry.product}.${entry.action}` : 'unknown';
    this.#counts.set(api, (this.#counts.get(api) ?? 0) + 1);
    const served = this.#waiting.filter(({ query }) => isWanted(entry, query));
    this.#waiting = this.#waiting.filter((waiter) => !served.includes(waiter));
    for (const { resolve } of served) resolve(entry);
  }

  find(query: RequestQuery = {}): readonly LoggedRequest[] {
    return this.#entries.slice(-this.#capacity).filter((entry) => isWanted(entry, query));
  }

  /** The next request that fits, from now on. */
  next(query: RequestQuery = {}): Promise<LoggedRequest> {
    return new Promise((resolve) => this.#waiting.push({ query, resolve }));
  }

  /** Calls per API since the start, as `Slb.DescribeHealthStatus`; those of no API under `unknown`. Refused calls count too. */
  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].sort());
  }

  clear(): void {
    this.#entries = [];
    this.#counts.clear();
  }
}

const isWanted = (entry: LoggedRequest, query: RequestQuery): boolean =>
  (query.product === undefined || entry.product === query.product) &&
  (query.action === undefined || entry.action === query.action) &&
  (query.since === undefined || entry.at >= query.since) &&
  (query.status === undefined || entry.status === query.status);
