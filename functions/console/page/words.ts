import { type NameLine, type OperationView } from '../api';

export type Language = 'en' | 'zh';
export type BackendState = 'healthy' | 'suspect' | 'ejected' | 'probation';
export type SiteState =
  | 'serving'
  | 'suspect'
  | 'waiting'
  | 'partial'
  | 'paused'
  | 'recovering'
  | 'returning'
  | 'absent'
  | 'unknown';

/** Everything that the page says by itself, in one language; a language that lacks a word does not compile. */
export interface Words {
  readonly languageName: string;
  readonly pools: string;
  readonly names: string;
  readonly findPool: string;
  readonly morePools: (count: number) => string;
  readonly nothingYet: string;
  readonly elsewhere: (regionId: string) => string;
  readonly live: string;
  readonly loading: string;
  readonly notConnected: (since: string) => string;
  readonly lastData: string;
  readonly agoSuffix: (age: string) => string;
  readonly forSpan: (age: string) => string;
  readonly mode: Readonly<Record<NameLine['mode'], string>>;
  readonly modeHint: Readonly<Record<NameLine['mode'], string>>;
  readonly healthyOf: (healthy: number, members: number) => string;
  readonly sitesUp: (up: number, sites: number) => string;
  readonly panic: string;
  readonly panicSince: (time: string) => string;
  readonly frozen: string;
  readonly frozenBy: (by: string, until: string, reason: string) => string;
  /** With the region where it is not all there is. */
  readonly allFrozenBy: (
    by: string,
    until: string,
    reason: string,
    regionId: string | null,
  ) => string;
  readonly waitsForPerson: (name: string, site: string) => string;
  readonly waitsUntil: (until: string) => string;
  readonly state: Readonly<Record<BackendState, string>>;
  readonly siteState: Readonly<Record<SiteState, string>>;
  readonly verdict: Readonly<Record<'up' | 'down' | 'unknown', string>>;
  readonly health: Readonly<Record<'normal' | 'abnormal' | 'unavailable' | 'unknown', string>>;
  readonly charts: {
    readonly title: string;
    readonly load: string;
    readonly capacity: string;
    readonly weights: string;
    readonly failed: string;
    readonly requests: string;
    readonly response: string;
    readonly members: string;
    readonly healthy: string;
    readonly serving: string;
    readonly desired: string;
    readonly weightShare: string;
    readonly failedRequests: string;
    readonly failedProbes: string;
    readonly none: string;
    readonly span: string;
    readonly spans: Readonly<Record<'15m' | '1h' | '6h' | '24h', string>>;
  };
  readonly backends: {
    readonly title: string;
    readonly filter: string;
    readonly all: string;
    readonly shown: (shown: number, all: number) => string;
    readonly state: string;
    readonly instance: string;
    readonly place: string;
    readonly zone: string;
    readonly weight: string;
    readonly health: string;
    readonly since: string;
    readonly why: string;
    readonly spot: string;
    readonly protected: string;
    readonly drainedBy: (by: string) => string;
    readonly seenAt: (age: string) => string;
    readonly none: string;
    readonly weightOf: (weight: number, base: number) => string;
    readonly written: string;
    readonly target: string;
    readonly notServing: string;
    readonly cutOff: (shown: number, all: number) => string;
  };
  readonly timeline: {
    readonly title: string;
    readonly quiet: (count: number) => string;
    readonly older: string;
    readonly none: string;
    readonly steps: (count: number) => string;
    readonly withheld: (count: number) => string;
    readonly explain: (time: string) => string;
    readonly newer: string;
    readonly previous: string;
    readonly omitted: (count: number) => string;
    readonly tick: (time: string) => string;
    readonly gone: string;
  };
  readonly operations: {
    readonly title: string;
    readonly none: string;
    readonly kind: Readonly<Record<OperationView['kind'], string>>;
    readonly by: (by: string) => string;
    readonly until: (time: string) => string;
    readonly more: (count: number) => string;
  };
  readonly orders: {
    readonly title: string;
    readonly none: string;
    readonly verb: Readonly<Record<string, string>>;
    readonly result: Readonly<Record<string, string>>;
    readonly refused: (code: string) => string;
  };
  readonly alerts: { readonly title: string; readonly none: string };
  readonly capacity: {
    readonly title: string;
    readonly desired: (count: number | string) => string;
    readonly limitedBy: string;
  };
  readonly sites: {
    readonly title: string;
    readonly site: string;
    readonly region: string;
    readonly state: string;
    readonly verdict: string;
    readonly share: string;
    readonly address: string;
    readonly pool: string;
    readonly since: string;
    readonly why: string;
    readonly evidence: string;
    readonly records: string;
    readonly line: string;
    readonly record: string;
    readonly enabled: string;
    readonly paused: string;
    readonly weight: string;
    readonly ttl: string;
    readonly none: string;
  };
  readonly act: {
    readonly plan: string;
    readonly planTitle: (subject: string) => string;
    readonly planning: string;
    readonly drain: string;
    readonly undrain: string;
    readonly freeze: string;
    readonly freezeAll: (regionId: string | null) => string;
    readonly unfreeze: string;
    readonly approve: string;
    readonly reject: string;
    readonly cancel: string;
    readonly close: string;
    readonly confirm: string;
    readonly reason: string;
    readonly reasonHint: string;
    readonly lasts: string;
    readonly untilLifted: string;
    readonly done: Readonly<Record<string, string>>;
    readonly drainText: (instance: string, pool: string) => string;
    readonly undrainText: (instance: string) => string;
    readonly freezeText: (subject: string) => string;
    readonly unfreezeText: (subject: string, by: string) => string;
    readonly approveText: (move: string, name: string) => string;
    readonly rejectText: (move: string, name: string) => string;
    readonly noSuchMove: (move: string, name: string) => string;
    readonly everything: (regionId: string | null) => string;
    readonly readOnly: string;
    readonly spans: Readonly<Record<'30m' | '1h' | '4h' | '24h', string>>;
  };
  readonly session: {
    readonly signIn: string;
    readonly signOut: string;
    readonly signedInAs: (by: string, until: string) => string;
    readonly name: string;
    readonly nameHint: string;
    readonly secret: string;
    readonly secretHint: string;
    readonly mustSignIn: string;
    readonly cannotSignIn: string;
    readonly notSecure: string;
    readonly expired: string;
  };
  readonly errors: Readonly<Record<string, string>>;
  readonly failed: string;
  readonly settings: {
    readonly theme: string;
    readonly themes: Readonly<Record<'system' | 'dark' | 'light', string>>;
    readonly language: string;
    readonly keys: string;
  };
  readonly keys: readonly (readonly [string, string])[];
  readonly skip: string;
  readonly navigation: string;
  readonly policy: (hash: string, version: number | null) => string;
}
