import { type AlarmMessage } from './alarm-callback';
import { type AlarmRule, type AlarmTarget } from './alarm-rule';
import { type AlarmState, evaluateAlarm, FRESH } from './evaluate-alarm';
import { chinaMinuteOfDay } from '../time-text';
import { type Dimensions, type MetricStore, type Point, seriesKey } from './metric-store';

export interface AlarmEngineSettings {
  readonly store: MetricStore;
  /** Milliseconds of this region for seconds of a rule: fewer where the profile shrinks time. */
  readonly spanMs: (seconds: number) => number;
  readonly newTransId: () => string;
  readonly onNotice: (message: AlarmMessage) => void;
}

interface Entry {
  rule: AlarmRule;
  targets: readonly AlarmTarget[];
  readonly series: Map<string, { readonly dimensions: Dimensions; state: AlarmState }>;
}

const minutesOf = (text: string): number => {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return hours * 60 + minutes;
};

const isEffective = ({ effectiveInterval }: AlarmRule, at: number): boolean => {
  const [start = '00:00', end = '23:59'] = effectiveInterval.split('-');
  const [from, to, now] = [minutesOf(start), minutesOf(end), chinaMinuteOfDay(at)];
  return from <= to ? now >= from && now <= to : now >= from || now <= to;
};

/** Keeps the alarm rules and evaluates each at the end of its period. */
export class AlarmEngine {
  private readonly settings: AlarmEngineSettings;
  private readonly entries = new Map<string, Entry>();

  constructor(settings: AlarmEngineSettings) {
    this.settings = settings;
  }

  find(ruleId: string): AlarmRule | undefined {
    return this.entries.get(ruleId)?.rule;
  }

  rules(): readonly AlarmRule[] {
    return [...this.entries.values()].map(({ rule }) => rule);
  }

  targetsOf(ruleId: string): readonly AlarmTarget[] {
    return this.entries.get(ruleId)?.targets ?? [];
  }

  /** Upsert: a changed rule starts from the beginning, its targets stay. */
  put(rule: AlarmRule): void {
    const targets = this.targetsOf(rule.ruleId);
    this.entries.set(rule.ruleId, { rule, targets, series: new Map() });
  }

  /** False when there is no such rule. */
  putTargets(ruleId: string, targets: readonly AlarmTarget[]): boolean {
    const entry = this.entries.get(ruleId);
    if (entry === undefined) return false;
    const ids = new Set(targets.map(({ id }) => id));
    entry.targets = [...entry.targets.filter(({ id }) => !ids.has(id)), ...targets];
    return true;
  }

  /** False when there is no such rule. */
  deleteTargets(ruleId: string, ids: readonly string[]): boolean {
    const entry = this.entries.get(ruleId);
    if (entry === undefined) return false;
    entry.targets = entry.targets.filter(({ id }) => !ids.includes(id));
    return true;
  }

  setEnabled(ruleId: string, isEnabled: boolean): boolean {
    const entry = this.entries.get(ruleId);
    if (entry === undefined) return false;
    entry.rule = { ...entry.rule, isEnabled };
    entry.series.clear();
    return true;
  }

  delete(ruleId: string): boolean {
    return this.entries.delete(ruleId);
  }

  /** What the rule API says; a callback says ALERT where this says ALARM. */
  stateOf(ruleId: string): 'OK' | 'ALARM' | 'INSUFFICIENT_DATA' {
    const levels = [...(this.entries.get(ruleId)?.series.values() ?? [])].map(
      ({ state }) => state.level,
    );
    if (levels.some((level) => level === 'CRITICAL' || level === 'WARN' || level === 'INFO'))
      return 'ALARM';
    return levels.includes('OK') ? 'OK' : 'INSUFFICIENT_DATA';
  }

  /** Evaluates the rules whose period ended at `at`, with the points that are visible by now. */
  evaluate(at: number, now: number): void {
    for (const entry of this.entries.values()) {
      const periodMs = this.settings.spanMs(entry.rule.periodS);
      if (entry.rule.isEnabled && at % periodMs === 0 && isEffective(entry.rule, now))
        this.evaluateRule(entry, at, now);
    }
  }

  private evaluateRule(entry: Entry, at: number, now: number): void {
    const { rule } = entry;
    const periodMs = this.settings.spanMs(rule.periodS);
    const points = this.settings.store.query({
      namespace: rule.namespace,
      metricName: rule.metricName,
      dimensions: rule.resources ?? undefined,
      from: at - periodMs,
      to: at,
      periodMs,
    });
    const byKey = new Map(points.map((point) => [seriesKey(point.dimensions), point]));
    this.follow(
      entry,
      points.map((point) => point.dimensions),
    );
    for (const [key, series] of entry.series)
      this.evaluateSeries(entry, series, { point: byKey.get(key), now });
  }

  /** Follows the series seen, and, where silence matters, each named resource that has never had one. */
  private follow({ rule, series }: Entry, seen: readonly Dimensions[]): void {
    const add = (dimensions: Dimensions): void => {
      const key = seriesKey(dimensions);
      if (!series.has(key)) series.set(key, { dimensions, state: FRESH });
    };
    seen.forEach(add);
    for (const resource of rule.noDataPolicy === 'INSUFFICIENT_DATA'
      ? (rule.resources ?? [])
      : []) {
      const key = seriesKey(resource);
      const others = [...series].filter(([other]) => other !== key);
      if (others.some(([, { dimensions }]) => isPartOf(resource, dimensions))) series.delete(key);
      else add(resource);
    }
  }

  private evaluateSeries(
    entry: Entry,
    series: { readonly dimensions: Dimensions; state: AlarmState },
    moment: { readonly point: Point | undefined; readonly now: number },
  ): void {
    const { rule } = entry;
    const { state, notice } = evaluateAlarm(rule, series.state, {
      statistics: moment.point?.statistics,
      now: moment.now,
      silenceMs: this.settings.spanMs(rule.silenceTimeS),
      newTransId: this.settings.newTransId,
    });
    series.state = state;
    if (notice !== undefined)
      this.settings.onNotice({ rule, notice, dimensions: series.dimensions, at: moment.now });
  }
}

const isPartOf = (part: Dimensions, whole: Dimensions): boolean =>
  Object.entries(part).every(([key, value]) => whole[key] === value);
