import { type Vote } from '../../domain/failover/name-snapshot';
import { floorDiv, millis } from '../../domain/units';
import { type Clock } from '../../ports/clock';
import { type CallOptions } from '../../ports/load-balancer';
import { type SiteProber } from '../../ports/site-prober';
import { type SiteLook } from '../../ports/vantages';
import { medianOf } from './prober';
import { checkSite, type SiteCheckResult } from './site-check';

export interface HttpSiteProberOptions {
  readonly clock: Clock;
  /** Region that the votes speak for. */
  readonly voter: string;
  /** Authorities beside the machine's own, as PEM. */
  readonly authorities?: string | undefined;
}

const DETAIL_LENGTH_MAX = 200;

/**
 * Looks over real connections, all sites at once. An attempt follows the one before when that has ended, and at the latest after its
 * part of the time-out: a site that hangs costs less than two time-outs, one that answers only its answers. No attempt begins that could
 * not run its whole time before the deadline, so that haste never looks like failure.
 */
export class HttpSiteProber implements SiteProber {
  private readonly options: HttpSiteProberOptions;

  constructor(options: HttpSiteProberOptions) {
    this.options = options;
  }

  look(looks: readonly SiteLook[], options: CallOptions): Promise<readonly Vote[]> {
    return Promise.all(looks.map((look) => this.vote(look, options)));
  }

  private async vote(look: SiteLook, options: CallOptions): Promise<Vote> {
    const at = this.options.clock.now();
    const results = await this.attempts(look, options);
    const asked = results.filter(({ kind }) => kind !== 'not-asked');
    const latencies = asked.flatMap((one) => (one.kind === 'answered' ? [one.latencyMs] : []));
    return {
      voter: this.options.voter,
      kind: 'vantage',
      siteName: look.name,
      answer: answerOf(look.check.attempts, asked.length, latencies.length),
      at,
      attempts: asked.length,
      failed: asked.length - latencies.length,
      latencyMs: medianOf(latencies),
      detail: detailOf(look, results),
    };
  }

  private async attempts(look: SiteLook, { deadline }: CallOptions): Promise<SiteCheckResult[]> {
    const { clock, authorities } = this.options;
    const { attempts, timeoutMs } = look.check;
    const spacingMs = millis(floorDiv(timeoutMs, Math.max(1, attempts)));
    const begun: Promise<SiteCheckResult>[] = [];
    while (begun.length < attempts && clock.now() + timeoutMs <= deadline) {
      const attempt = checkSite({ target: look, authorities });
      begun.push(attempt);
      if (begun.length < attempts) await firstOf(attempt, spacingMs);
    }
    return Promise.all(begun);
  }
}

/** Resolves when the attempt ends or the time is over; leaves no timer behind. */
async function firstOf(attempt: Promise<unknown>, spanMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const span = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, spanMs);
  });
  await Promise.race([attempt, span]);
  clearTimeout(timer);
}

/** Attempts that were not made speak neither for nor against. Example: 3 wanted, 3 asked, 2 answered is up; 2 asked, none answered is unknown. */
function answerOf(wanted: number, asked: number, answered: number): Vote['answer'] {
  if (wanted > 0 && asked >= wanted && answered === 0) return 'down';
  return answered * 2 > wanted ? 'up' : 'unknown';
}

function detailOf({ check }: SiteLook, results: readonly SiteCheckResult[]): string {
  const answered = results.filter(({ kind }) => kind === 'answered').length;
  const problems = new Set(results.flatMap((one) => (one.kind === 'answered' ? [] : [one.detail])));
  const summary = `${answered} of ${check.attempts} ${check.protocol} attempts answered`;
  return [summary, ...problems].join('; ').slice(0, DETAIL_LENGTH_MAX);
}
