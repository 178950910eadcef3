import { type LocalClock } from '../contracts';

/** Above this many entries, those that ran out are swept. */
const SWEEP_AT = 10_000;

/** Session persistence by source address: a source keeps its backend until it has opened no connection for the time-out. */
export class SourceSessions {
  private readonly sessions = new Map<
    string,
    { readonly memberKey: string; readonly until: number }
  >();
  private readonly clock: LocalClock;

  constructor(clock: LocalClock) {
    this.clock = clock;
  }

  find(sourceAddress: string): string | undefined {
    const session = this.sessions.get(sourceAddress);
    return session !== undefined && session.until > this.clock.now()
      ? session.memberKey
      : undefined;
  }

  keep(sourceAddress: string, memberKey: string, timeoutMs: number): void {
    if (this.sessions.size >= SWEEP_AT) this.sweep();
    this.sessions.set(sourceAddress, { memberKey, until: this.clock.now() + timeoutMs });
  }

  private sweep(): void {
    for (const [source, { until }] of this.sessions)
      if (until <= this.clock.now()) this.sessions.delete(source);
  }
}
