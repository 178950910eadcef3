import { type CallOptions } from './load-balancer';

/** Where a rule rings: an address, or a function by its name; `service` is null for FC 3.0. */
export type AlarmTarget =
  | { readonly kind: 'webhook'; readonly url: string }
  | {
      readonly kind: 'function';
      readonly regionId: string;
      readonly service: string | null;
      readonly functionName: string;
    };

/** When it is an alarm. Example: `Maximum >= 1` in one period. */
export interface AlarmCondition {
  readonly level: 'critical' | 'warning' | 'info';
  readonly statistics: string;
  /** The vendor's word, such as `GreaterThanOrEqualToThreshold`. */
  readonly operator: string;
  readonly threshold: number;
  /** Periods in a row. */
  readonly times: number;
}

/** A threshold rule on one metric of one resource. Its id is its name. */
export interface AlarmRule {
  readonly name: string;
  readonly namespace: string;
  readonly metric: string;
  readonly resource: Readonly<Record<string, string>>;
  readonly conditions: readonly AlarmCondition[];
  readonly periodSeconds: number;
  readonly repeatSeconds: number;
  /** What the rule says while no points come. */
  readonly noData: 'KEEP_LAST_STATE' | 'INSUFFICIENT_DATA' | 'OK';
  readonly contactGroup: string;
  readonly target: AlarmTarget | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly isEnabled: boolean;
}

/** A rule about events of one product; an empty list stands for all names. */
export interface EventRule {
  readonly name: string;
  readonly description: string;
  readonly product: string;
  readonly eventNames: readonly string[];
  readonly target: AlarmTarget | null;
  readonly isEnabled: boolean;
}

export interface ContactGroup {
  readonly name: string;
  readonly description: string;
  readonly contacts: readonly string[];
}

/** Calls of the account that are counted each month; null where the vendor does not say. */
export interface MetricQuota {
  readonly limit: number | null;
  readonly used: number | null;
}

/** What tells us, and people, of trouble: set up and taken down. Putting something again replaces it. All calls throw `CloudError`. */
export interface AlarmSetup {
  /** Rules whose name begins so, with their targets. */
  alarmRules(prefix: string, options: CallOptions): Promise<readonly AlarmRule[]>;
  putAlarmRule(rule: AlarmRule, options: CallOptions): Promise<void>;
  /** What is not there is as wanted. */
  deleteAlarmRule(name: string, options: CallOptions): Promise<void>;
  eventRules(prefix: string, options: CallOptions): Promise<readonly EventRule[]>;
  putEventRule(rule: EventRule, options: CallOptions): Promise<void>;
  deleteEventRule(name: string, options: CallOptions): Promise<void>;
  contactGroups(prefix: string, options: CallOptions): Promise<readonly ContactGroup[]>;
  putContactGroup(group: ContactGroup, options: CallOptions): Promise<void>;
  deleteContactGroup(name: string, options: CallOptions): Promise<void>;
  /** Contacts of the account, by name. */
  contacts(options: CallOptions): Promise<readonly string[]>;
  metricQuota(options: CallOptions): Promise<MetricQuota>;
}
