import { type AlarmRule, type Escalation, type Level, LEVELS, OPERATORS } from './alarm-rule';
import { type Statistics } from './metric-store';

type AlarmLevel = Level | 'OK' | 'INSUFFICIENT_DATA';

/** Where one series of one rule stands. */
export interface AlarmState {
  /** Undefined until the first point. */
  readonly level: AlarmLevel | undefined;
  /** Periods in a row that breached, by level. */
  readonly streaks: Readonly<Partial<Record<Level, number>>>;
  /** The same from the first alarm until it clears. */
  readonly transId: string;
  readonly alarmedAt: number;
  readonly notifiedAt: number;
}

export const FRESH: AlarmState = {
  level: undefined,
  streaks: {},
  transId: '',
  alarmedAt: 0,
  notifiedAt: 0,
};

/** What people and programs are told of a change, or of an alarm that lasts. */
export interface AlarmNotice {
  readonly alertState: 'ALERT' | 'OK' | 'INSUFFICIENT_DATA';
  readonly level: AlarmLevel;
  readonly previous: AlarmLevel | undefined;
  readonly value: number | undefined;
  readonly escalation: Escalation | undefined;
  readonly transId: string;
  readonly alarmedAt: number;
}

export interface Evaluation {
  readonly state: AlarmState;
  readonly notice: AlarmNotice | undefined;
}

export interface AlarmMoment {
  /** The period's statistics; undefined when it has no point. */
  readonly statistics: Statistics | undefined;
  readonly now: number;
  readonly silenceMs: number;
  readonly newTransId: () => string;
}

const isAlarm = (level: AlarmLevel | undefined): level is Level =>
  LEVELS.some((known) => known === level);

const isBreached = (escalation: Escalation, statistics: Statistics): boolean => {
  const value = statistics[escalation.statistics];
  return value !== undefined && OPERATORS[escalation.operator].holds(value, escalation.threshold);
};

const alertStateOf = (level: AlarmLevel): AlarmNotice['alertState'] => {
  if (level === 'OK' || level === 'INSUFFICIENT_DATA') return level;
  return 'ALERT';
};

/** The level that the period calls for, and the streaks that led to it. */
const judge = (
  rule: AlarmRule,
  state: AlarmState,
  statistics: Statistics | undefined,
): Pick<AlarmState, 'level' | 'streaks'> => {
  if (statistics === undefined) {
    if (rule.noDataPolicy === 'KEEP_LAST_STATE')
      return { level: state.level, streaks: state.streaks };
    return { level: rule.noDataPolicy, streaks: {} };
  }
  const streaks = Object.fromEntries(
    rule.escalations.map((one) => [
      one.level,
      isBreached(one, statistics) ? (state.streaks[one.level] ?? 0) + 1 : 0,
    ]),
  );
  const reached = rule.escalations.find(({ level, times }) => (streaks[level] ?? 0) >= times);
  return { level: reached?.level ?? 'OK', streaks };
};

const isWorthTelling = (
  rule: AlarmRule,
  state: AlarmState,
  level: AlarmLevel,
  moment: AlarmMoment,
): boolean => {
  if (level === state.level)
    return isAlarm(level) && moment.now - state.notifiedAt >= moment.silenceMs;
  if (level === 'OK') return isAlarm(state.level) && rule.sendsOk;
  return true;
};

/**
 * One period of one series: counts breaches, moves between OK and alarm levels, and says what is to be told.
 * A level is reached after `Times` breaches in a row; the most severe one reached wins; an alarm that lasts is told again
 * after the silence time; without data the rule's policy decides.
 *
 * Example: `>= 80` three times, values 85, 90, 95 → the third evaluation gives an `ALERT`; then 20 → `OK` with the same `transId`.
 */
export function evaluateAlarm(rule: AlarmRule, state: AlarmState, moment: AlarmMoment): Evaluation {
  const { level, streaks } = judge(rule, state, moment.statistics);
  if (level === undefined) return { state: { ...state, streaks }, notice: undefined };
  const isNew = !isAlarm(state.level) && level !== 'OK';
  const transId = isNew ? moment.newTransId() : state.transId;
  const alarmedAt = isNew ? moment.now : state.alarmedAt;
  const isTold = isWorthTelling(rule, state, level, moment);
  const next = {
    level,
    streaks,
    transId,
    alarmedAt,
    notifiedAt: isTold ? moment.now : state.notifiedAt,
  };
  if (!isTold) return { state: next, notice: undefined };
  const escalation = rule.escalations.find(
    (one) => one.level === (isAlarm(level) ? level : state.level),
  );
  const value = escalation === undefined ? undefined : moment.statistics?.[escalation.statistics];
  return {
    state: next,
    notice: {
      alertState: alertStateOf(level),
      level,
      previous: state.level,
      value,
      escalation,
      transId,
      alarmedAt,
    },
  };
}
