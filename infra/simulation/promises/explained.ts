import { LAUNCH_TAG } from '../../../shared/domain/ownership-tags';
import { type Step } from '../../../shared/domain/proposal';
import { memoryKey, nameMemoryKey } from '../../../shared/domain/store-keys';
import {
  type CloudCall,
  type Moment,
  type NameTicked,
  type PoolTick,
  type WorkerRun,
} from '../history';
import { instancesNamed, isOurWrite, recordChanges, tagsIn, weightChanges } from './call-effects';
import { Judge } from './judge';

/** What is known of one run of a worker. */
interface Run {
  /** What its ticks have told so far. */
  readonly told: Set<string>;
  /** What it changed and no tick has told yet. */
  readonly open: Map<string, CloudCall>;
  /** Notes of what it was about to do, since the last tick about the same. */
  readonly intents: Set<string>;
  end: WorkerRun['what'] | null;
}

/** Only a person's orders are written by other functions, and only as tags. */
const IS_ORDER = /^(Un)?[Tt]agResources$/u;

/**
 * Promise 7, its first half: every change of ours has a tick that explains it. A worker that dies in between leaves at least the note
 * of what it was about to do.
 */
export class ExplainedJudge extends Judge {
  private readonly runs = new Map<string, Run>();

  constructor() {
    super(7, 'every change of ours has a tick that explains it');
  }

  see(moment: Moment): void {
    if (moment.kind === 'run') this.turn(moment);
    else if (moment.kind === 'call' && isOurWrite(moment)) this.judge(moment);
    else if (moment.kind === 'tick' || moment.kind === 'name-tick') this.listen(moment);
    else if (moment.kind === 'store' && moment.result === 'stored' && isMemory(moment.key))
      this.run(moment.runId).intents.add(moment.key);
  }

  private run(runId: string): Run {
    const known = this.runs.get(runId);
    if (known !== undefined) return known;
    const fresh: Run = { told: new Set(), open: new Map(), intents: new Set(), end: null };
    this.runs.set(runId, fresh);
    return fresh;
  }

  private turn({ runId, what, at }: WorkerRun): void {
    const run = this.run(runId);
    if (what === 'began') return;
    run.end = what;
    if (what !== 'ended') return;
    for (const [change, call] of run.open) this.unexplained(change, call, at);
  }

  private judge(call: CloudCall): void {
    const run = this.run(call.runId ?? '');
    for (const change of changesIn(call)) {
      if (run.told.has(change)) continue;
      if (run.end === 'ended') this.unexplained(change, call, call.at);
      else if (run.intents.size > 0) run.open.set(change, call);
      else if (!IS_ORDER.test(call.action))
        this.breach(call.at, `${change} was done without a note of what was about to be done`);
    }
  }

  private unexplained(change: string, call: CloudCall, at: number): void {
    this.breach(at, `no tick explains ${change}, done by ${call.runId ?? '?'} at ${call.at}`);
  }

  private listen(moment: PoolTick | NameTicked): void {
    const run = this.run(moment.runId);
    const said = moment.kind === 'tick' ? toldBy(moment) : toldByName(moment);
    for (const change of said) {
      run.told.add(change);
      run.open.delete(change);
    }
    const { tick } = moment;
    run.intents.delete(
      'pool' in tick ? memoryKey(tick.pool.poolName) : nameMemoryKey(tick.name.name),
    );
  }
}

const isMemory = (key: string): boolean =>
  key.startsWith(memoryKey('')) || key.startsWith(nameMemoryKey(''));

const KINDS: Readonly<Record<string, Step['kind']>> = {
  RunCommand: 'restart-service',
  RebootInstances: 'reboot',
  RebootInstance: 'reboot',
  StartInstances: 'start',
  StopInstances: 'stop',
  DeleteInstances: 'delete',
  TagResources: 'tag',
  UntagResources: 'tag',
};

/** What a call changed, in the words in which ticks tell of it. */
function changesIn(call: CloudCall): readonly string[] {
  const weights = weightChanges(call).map(
    ({ instanceId, group, after }) => `${instanceId} in ${group.targetKey} = ${after ?? 'out'}`,
  );
  const kind = KINDS[call.action];
  const deeds = kind === undefined ? [] : instancesNamed(call).map((id) => `${kind} ${id}`);
  const operation = tagsIn(call).get(LAUNCH_TAG);
  const launches = call.action === 'RunInstances' ? [`launch ${operation ?? '?'}`] : [];
  const records = recordChanges(call).map(({ before }) => `record ${before.recordId}`);
  return [...weights, ...deeds, ...launches, ...records];
}

function toldBy({ tick: { plan, outcome } }: PoolTick): readonly string[] {
  const done = new Set(outcome.steps.map(({ stepId }) => stepId));
  return plan.steps.filter(({ stepId }) => done.has(stepId)).map(wordsOf);
}

function wordsOf(step: Step): string {
  if (step.kind === 'launch') return `launch ${step.operationId}`;
  if (step.kind !== 'set-weight' && step.kind !== 'register' && step.kind !== 'deregister')
    return `${step.kind} ${step.instanceId}`;
  const weight = step.kind === 'set-weight' ? step.to : step.kind === 'register' ? 0 : 'out';
  return `${step.instanceId} in ${step.targetKey} = ${weight}`;
}

/** Each step on a record ends with its id, also what was repaired beside the plan. */
const toldByName = ({ tick: { outcome } }: NameTicked): readonly string[] =>
  outcome.steps.map(({ stepId }) => `record ${stepId.split('/').at(-1) ?? ''}`);
