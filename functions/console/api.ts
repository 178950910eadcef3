import { type TickFigures } from '../../shared/ports/tick-archive';

/** What the console’s API answers; the page knows nothing else. Instants are epoch milliseconds. */

/** Who looks, and what they may do. */
export interface SessionView {
  /** Null: nobody has signed in. */
  readonly by: string | null;
  readonly until: number | null;
  /** Goes along with every order as `X-Evenkeel-Request`; null without a session. */
  readonly requestToken: string | null;
  readonly mayRead: boolean;
  readonly mayWrite: boolean;
  /** Whether anybody can sign in at all. */
  readonly canSignIn: boolean;
}

export interface FreezeView {
  /** `all`, `pool/NAME` or `name/NAME`. */
  readonly scope: string;
  readonly by: string;
  readonly reason: string;
  readonly at: number;
  readonly until: number;
}

/** A move that waits for a person’s word. */
export interface ApprovalView {
  readonly name: string;
  readonly moveId: string;
  readonly siteName: string;
  readonly reason: string;
  readonly askedAt: number;
  readonly until: number;
}

/** One pool in the list. */
export interface PoolLine {
  readonly id: string;
  readonly regionId: string;
  readonly mode: 'observe' | 'enforce';
  /** Another region’s deployment looks after it. */
  readonly isElsewhere: boolean;
  /** When it was looked at last; null: not within a day. */
  readonly at: number | null;
  readonly healthy: number;
  readonly members: number;
  readonly withheld: number;
  readonly isPanic: boolean;
  readonly isFrozen: boolean;
  /** Changes whenever there is something new to see. */
  readonly stamp: string;
}

export interface SiteLine {
  readonly siteName: string;
  readonly regionId: string;
  /** `unknown`: nobody has looked yet, or only another region’s deployment has. */
  readonly state: string;
  readonly since: number;
  readonly cause: string | null;
}

/** One public name in the list. */
export interface NameLine {
  readonly id: string;
  /** Whose deployment looks after it. */
  readonly regionId: string;
  readonly mode: 'observe' | 'enforce';
  readonly host: string;
  readonly isElsewhere: boolean;
  readonly at: number | null;
  readonly sites: readonly SiteLine[];
  readonly pending: number;
  readonly isFrozen: boolean;
  readonly stamp: string;
}

export interface Overview {
  readonly regionId: string;
  readonly policyHash: string;
  readonly policyVersion: number | null;
  /** Whether there is something that another region’s deployment looks after: a freeze of everything is none of that. */
  readonly hasElsewhere: boolean;
  readonly pools: readonly PoolLine[];
  /** Pools that match; at most `POOLS_MAX` of them are listed. */
  readonly poolsFound: number;
  readonly names: readonly NameLine[];
  readonly freezes: readonly FreezeView[];
  readonly approvals: readonly ApprovalView[];
}

export interface WeightView {
  readonly targetKey: string;
  readonly port: number;
  readonly weight: number;
  readonly base: number;
  readonly health: 'normal' | 'abnormal' | 'unavailable' | 'unknown';
}

export interface BackendView {
  readonly instanceId: string;
  readonly zoneId: string | null;
  readonly instanceType: string | null;
  readonly isSpot: boolean;
  readonly isProtected: boolean;
  readonly state: 'healthy' | 'suspect' | 'ejected' | 'probation';
  readonly since: number;
  readonly reason: string | null;
  readonly detail: string;
  readonly ejectedUntil: number | null;
  readonly isServing: boolean;
  readonly weights: readonly WeightView[];
  /** Weights that we wrote last, newest first. */
  readonly written: readonly { readonly weight: number; readonly at: number }[];
  /** Who wants it drained. */
  readonly drainedBy: string | null;
}

/** Something under way, or ordered, that is not over. */
export interface OperationView {
  readonly kind:
    | 'drain'
    | 'repair'
    | 'launch'
    | 'floor'
    | 'evacuation'
    | 'site-order'
    | 'approval-given'
    | 'breaker'
    | 'refused';
  readonly subject: string;
  readonly detail: string;
  readonly by: string | null;
  readonly at: number | null;
  readonly until: number | null;
}

export interface PoolView {
  readonly id: string;
  readonly regionId: string;
  readonly mode: 'observe' | 'enforce';
  /** When states were remembered last, and when weights and health were written down last. */
  readonly updatedAt: number | null;
  readonly seenAt: number | null;
  readonly panicSince: number | null;
  readonly targets: readonly string[];
  readonly backends: readonly BackendView[];
  /** Backends in all; more than are listed are cut off. */
  readonly backendsFound: number;
  readonly operations: readonly OperationView[];
  readonly capacity: {
    readonly desired: number | null;
    readonly counts: Readonly<Record<string, number>>;
    readonly limitedBy: readonly string[];
    readonly explanations: readonly string[];
  } | null;
  readonly alerts: readonly { readonly key: string; readonly at: number }[];
}

export interface RecordView {
  readonly recordId: string;
  readonly line: string;
  readonly type: string;
  readonly value: string;
  readonly isEnabled: boolean;
  readonly weight: number | null;
  readonly ttlSeconds: number;
}

export interface SiteView extends SiteLine {
  readonly address: string;
  readonly poolName: string | null;
  readonly verdict: 'up' | 'down' | 'unknown' | null;
  readonly reason: string | null;
  readonly detail: string;
  readonly share: number | null;
  readonly evidence: readonly string[];
}

export interface NameView {
  readonly id: string;
  readonly mode: 'observe' | 'enforce';
  readonly host: string;
  readonly updatedAt: number | null;
  readonly seenAt: number | null;
  readonly sites: readonly SiteView[];
  readonly records: readonly RecordView[];
  readonly operations: readonly OperationView[];
}

export interface TickLine {
  readonly tickId: string;
  readonly at: number;
  readonly wake: string;
  readonly isWhole: boolean;
  readonly healthy: number;
  readonly members: number;
  readonly steps: number;
  readonly withheld: number;
  readonly summary: string;
}

export interface TicksView {
  /** Newest first. */
  readonly ticks: readonly TickLine[];
  readonly hasOlder: boolean;
}

export interface ExplanationLineView {
  readonly indent: number;
  readonly tone: 'heading' | 'plain' | 'done' | 'withheld' | 'quiet';
  readonly text: string;
}

/** A tick, or a plan, in words. */
export interface ExplanationView {
  readonly title: string;
  readonly at: number;
  readonly lines: readonly ExplanationLineView[];
  /** Lines that were left out. */
  readonly omitted: number;
}

/** Charts: one value per point in time, oldest first. */
export type FigureColumns = {
  readonly [Name in keyof TickFigures]: readonly (number | null)[];
};

export interface FiguresView {
  readonly at: readonly number[];
  readonly columns: FigureColumns & {
    readonly healthy: readonly (number | null)[];
    readonly members: readonly (number | null)[];
  };
}

/** An order that somebody gave here. */
export interface GivenOrder {
  readonly id: string;
  readonly at: number;
  readonly by: string;
  readonly verb: string;
  readonly subject: string;
  readonly result: string;
}

export interface OrdersView {
  readonly orders: readonly GivenOrder[];
}

/** What became of an order. */
export type OrderReply =
  | { readonly kind: 'done'; readonly result: string; readonly message: string }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  | { readonly kind: 'plan'; readonly explanation: ExplanationView };

export interface ErrorView {
  readonly code: string;
  readonly error: string;
}
