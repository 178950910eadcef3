import { createHash } from 'node:crypto';
import { Counter, type FaultKind } from './fault-kinds';
import { type Breach, type Checker, type Moment, type NameTicked, type PoolTick } from './history';

/** Tells every moment to the checkers, counts what happened, and keeps a fingerprint of the whole: the same seed gives the same one. */
export class Chronicle {
  readonly faults = new Counter<FaultKind>();
  /** Steps that were done, by kind, and orders of people that were taken. */
  readonly actions = new Counter();
  readonly calls = new Counter();
  ticks = 0;
  private readonly checkers: readonly Checker[];
  private readonly hash = createHash('sha256');
  private lines: string[] = [];
  private isOver = false;

  constructor(checkers: readonly Checker[]) {
    this.checkers = checkers;
  }

  tell(moment: Moment): void {
    if (this.isOver) return;
    if (moment.kind === 'fault') this.faults.add(moment.fault);
    this.write(lineOf(moment));
    for (const checker of this.checkers) checker.see(moment);
  }

  /** A read of the cloud: counted, and part of the fingerprint. */
  read(at: number, api: string, code: string | null): void {
    this.calls.add(api);
    this.write(`${at} read ${api} ${code ?? ''}`);
  }

  /** Nothing is told any more. Checkers conclude only from a run that came to its end. */
  finish(isWhole: boolean): void {
    if (this.isOver) return;
    this.isOver = true;
    if (isWhole) for (const checker of this.checkers) checker.finish();
  }

  /** In the order of time. */
  get breaches(): readonly Breach[] {
    return this.checkers
      .flatMap(({ breaches }) => breaches)
      .toSorted((one, other) => one.at - other.at);
  }

  get hasBreach(): boolean {
    return this.checkers.some(({ breaches }) => breaches.length > 0);
  }

  /** Of everything told so far. */
  get digest(): string {
    this.flush();
    return this.hash.copy().digest('hex').slice(0, 16);
  }

  private write(line: string): void {
    this.lines.push(line);
    if (this.lines.length >= 500) this.flush();
  }

  private flush(): void {
    this.hash.update(this.lines.join('\n'));
    this.lines = [];
  }
}

/** A moment in one line, without the world around it. */
export function lineOf(moment: Moment): string {
  const { at, kind } = moment;
  return `${at} ${kind} ${wordsOf(moment)}`;
}

type Words = {
  readonly [Kind in Moment['kind']]: (moment: Extract<Moment, { kind: Kind }>) => string;
};

function tickWords({ tick }: PoolTick | NameTicked): string {
  const done = tick.outcome.steps.map(({ stepId, result }) => `${stepId} ${result.kind}`);
  const withheld = tick.plan.withheld.map(({ step, rule }) => `${step.stepId} ${rule}`);
  return `${tick.request.tickId} ${[...done, ...withheld].join('; ')}`;
}

const WORDS: Words = {
  began: ({ seed }) => `seed ${seed}`,
  phase: ({ phase }) => phase,
  call: ({ regionId, who, runId, product, action, parameters, code }) =>
    `${regionId} ${who} ${runId ?? ''} ${product} ${action} ${JSON.stringify(parameters)} ${code ?? 'ok'}`,
  world: () => '',
  tick: tickWords,
  'name-tick': tickWords,
  archived: ({ tickId, isWhole }) => `${tickId} ${isWhole ? 'whole' : 'digest'}`,
  alert: ({ subject, alert }) => `${subject} ${alert.key} ${alert.reason}`,
  log: ({ text }) => text,
  run: ({ runId, subjects, what }) => `${runId} ${subjects.join(',')} ${what}`,
  store: ({ runId, operation, key, result }) => `${runId} ${operation} ${key} ${result}`,
  doorbell: ({ function: name, status }) => `${name} ${status}`,
  fault: ({ fault, regionId, subject }) => `${fault} ${regionId ?? ''} ${subject}`,
};

const wordsOf = (moment: Moment): string =>
  (WORDS[moment.kind] as (moment: Moment) => string)(moment);
