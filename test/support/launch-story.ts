import { learnFromLaunches } from '../../shared/decide/scale/learn-from-launches';
import { planLaunch, resumeLaunch } from '../../shared/decide/scale/plan-launch';
import { reviewLaunches } from '../../shared/decide/scale/review-launches';
import { type Entry } from '../../shared/decide/scale/roster';
import { nextScaleMemory } from '../../shared/domain/next-scale-memory';
import { type LaunchOutcome, type StepResult } from '../../shared/domain/plan';
import { type Proposal, type Step } from '../../shared/domain/proposal';
import {
  type LaunchAttempt,
  type RefusalKind,
  type ScaleMemory,
} from '../../shared/domain/scale-memory';
import { type LaunchStep } from '../../shared/domain/scale-steps';
import { type Instant, instant } from '../../shared/domain/units';
import { aPool } from './builders';
import { aCapacity, aScaledPolicy, aScaleMemory, type ScaleParts } from './scale-builders';

/** What the cloud says to one call: so many instances, or why not. */
export type Answer = number | readonly [kind: RefusalKind, code: string];

/** Everything that a tick proposes about capacity, as far as remembering it matters. */
export const aScaleProposal = (memory: ScaleMemory, steps: readonly Step[] = []): Proposal => ({
  steps,
  verdicts: [],
  alerts: [],
  isPanic: false,
  healthy: 1000 as Proposal['healthy'],
  isUnsteady: false,
  memory: aPool({ backends: [] }).memory,
  lookAgainAt: null,
  scale: {
    desired: null,
    counts: {},
    direction: 'hold',
    limitedBy: [],
    explanations: [],
    stages: [],
    memory,
    isUnsteady: false,
    lookAgainAt: null,
  },
});

/** Launches one tick after the other against a cloud that answers as told; nothing wakes it but the next tick. */
export class LaunchStory {
  memory = aScaleMemory();
  roster: readonly Entry[] = [];
  failed: readonly string[] = [];
  scale: ScaleParts = {};
  /** Options in the order in which they were called. */
  readonly calls: string[] = [];
  readonly notes: string[] = [];
  private launched = 0;

  now: Instant;

  constructor(now: Instant) {
    this.now = now;
  }

  /** What is missing until `wanted` are there or on their way, asked for once. */
  tick(wanted: number, answer: (option: string) => Answer): LaunchStep | null {
    const policy = aScaledPolicy(this.scale);
    const scale = policy.scale!;
    const capacity = aCapacity({ failedLaunches: this.failed });
    const pool = aPool({ backends: [], takenAt: this.now });
    const sources = { capacity, launch: scale.launch, roster: this.roster, now: this.now };
    const review = reviewLaunches({ ...sources, memory: this.memory });
    const { regionId } = policy;
    const lesson = { regionId, launch: scale.launch, now: this.now };
    const memory = learnFromLaunches(this.memory, review, lesson);
    const circumstances = { pool, policy, scale, memory, roster: this.roster };
    const [unanswered] = review.unanswered;
    const missing = wanted - this.roster.length - review.unseen;
    const plan =
      unanswered !== undefined
        ? { step: resumeLaunch(unanswered, circumstances), notes: [] }
        : missing > 0
          ? planLaunch(missing, 'scale-out-metric', [], circumstances)
          : { step: null, notes: [] };
    this.notes.splice(0, Infinity, ...plan.notes);
    const steps = plan.step === null ? [] : [plan.step];
    const outcome = { steps: steps.map((step) => this.send(step, answer)) };
    const proposal = aScaleProposal(memory, steps);
    const done = { steps, withheld: [] };
    this.memory = nextScaleMemory(pool, proposal, done, outcome, policy, this.now)!;
    return plan.step;
  }

  /** Time passes; nothing else happens. */
  wait(milliseconds: number): void {
    this.now = instant(this.now + milliseconds);
  }

  private send(step: LaunchStep, answer: (option: string) => Answer) {
    const refusals: LaunchOutcome['refusals'][number][] = [];
    let missing = step.count;
    let isOpen = false;
    const attempts = step.attempts.map(({ option, clientToken, count }): LaunchAttempt => {
      const bare = { option: option.name, clientToken, count, code: null, instanceIds: [] };
      if (isOpen) return { ...bare, state: 'open' };
      if (missing <= 0) return { ...bare, state: 'skipped' };
      this.calls.push(option.name);
      const given = answer(option.name);
      if (typeof given === 'number') {
        const size = Math.min(given, count, missing);
        missing -= size;
        const instanceIds = Array.from({ length: size }, () => `i-${(this.launched += 1)}`);
        return { ...bare, state: 'accepted', instanceIds };
      }
      const [kind, code] = given;
      refusals.push({ option: option.name, kind, code });
      isOpen = ['throttled', 'transient', 'lost'].includes(kind);
      return { ...bare, state: isOpen ? 'open' : 'refused', code: isOpen ? null : code };
    });
    const isDone = missing < step.count;
    const result: StepResult = isDone
      ? { kind: 'done', detail: '' }
      : { kind: 'failed', code: '', isAmbiguous: false, detail: '' };
    const launch = { attempts, refusals };
    return { stepId: step.stepId, startedAt: this.now, finishedAt: this.now, result, launch };
  }
}
