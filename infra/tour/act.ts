import { type Exhibit } from '../console/exhibition';
import { type LoadReport } from '../local/traffic/load-report';

/** What one side of an act came to. */
export interface SideReport {
  readonly side: string;
  readonly requests: number;
  readonly failed: number;
  readonly p99Ms: number;
  /** From the fault to the first tick that names its victim; null: not noticed, or there was nothing to notice. */
  readonly secondsToDetect: number | null;
  /** From the fault until fewer than 1 % of requests fail, and stay so; null: not by the end of the act. */
  readonly secondsToHeal: number | null;
  /** Until the first instance that was not there before answers a request; left out where none is to come, null: none did. */
  readonly secondsToServe?: number | null;
  /** How fast clients left a lost region; left out where none is lost. */
  readonly shift?: ShiftReport;
  /** What Evenkeel did, or would have done, with the reason, in order. */
  readonly actions: readonly string[];
}

/** From the loss of a region; null: not by the end of the act. */
export interface ShiftReport {
  /** Until the first tick that calls the site down. */
  readonly secondsToVerdict: number | null;
  /** Until the first of its records is paused. */
  readonly secondsToDns: number | null;
  /** Until 95 % of the requests go elsewhere, and it stays so. */
  readonly secondsToMove: number | null;
  readonly ttlSeconds: number;
  /** At the site that stays. */
  readonly p99MsThere: number;
}

/** A sentence that the act is there to show, and whether it was so in this run. */
export interface Finding {
  readonly sentence: string;
  readonly isSo: boolean;
}

export interface ActReport {
  readonly act: string;
  readonly title: string;
  readonly profile: 'rehearsal';
  readonly seconds: number;
  readonly hasFault: boolean;
  /** The act is about instances that come or go. */
  readonly hasScaling?: boolean;
  readonly sides: readonly SideReport[];
  readonly findings: readonly Finding[];
}

export interface ActContext {
  /** Says what is going on now; shown live. */
  readonly say: (text: string) => void;
  /** Everything started is put here, to be stopped when the act ends or is interrupted. */
  readonly ending: (end: () => Promise<unknown>) => void;
  readonly signal: AbortSignal;
  /** Shows a deployment in the console until the act ends, and what is left of it from then on; left out where there is none. */
  readonly show?: (exhibit: Exhibit) => void;
}

export interface Act {
  readonly name: string;
  readonly title: string;
  /** What the onlooker should know before it starts. */
  readonly story: string;
  readonly isDefault: boolean;
  /** Its instances come and go, so each needs a loopback address of its own, 127.x.y.z, as Linux has them. */
  readonly needsAddresses?: true;
  run(context: ActContext): Promise<Omit<ActReport, 'act' | 'title' | 'profile' | 'seconds'>>;
}

/** Counts of a report from a second of the load on. */
export const figuresOf = (
  report: LoadReport,
): { readonly requests: number; readonly failed: number; readonly p99Ms: number } => ({
  requests: report.requests,
  failed: report.failed,
  p99Ms: Math.round(report.latency.p99Ms),
});
