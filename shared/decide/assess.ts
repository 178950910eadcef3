import { type Attachment } from '../domain/pool';
import { type ProbeWindow } from '../domain/probe-window';
import { type Evidence } from '../domain/proposal';
import { freshValue, type Reading } from '../domain/reading';
import { type ReasonCode } from '../domain/reasons';
import { collectAccusations } from './accusations';
import { describeSignals } from './describe';
import { type Scene, type Subject } from './scene';

interface Judgement {
  readonly evidence: readonly Evidence[];
  readonly detail: string;
}

/** `bad`: confirmed; `suspicious`: accused but not confirmed. */
interface Accused extends Judgement {
  readonly condition: 'bad' | 'suspicious';
  /** The first confirmed cause, else the first suspicion. */
  readonly cause: ReasonCode;
}

/** `good`: seen and in order; `unknown`: not seen well enough to say. */
interface NotAccused extends Judgement {
  readonly condition: 'good' | 'unknown';
  readonly cause: null;
}

/** What the signals of this tick say of one backend. */
export type Assessment = Accused | NotAccused;

/** Judges one backend by this tick's signals alone; what to do about it is decided elsewhere. */
export function assessBackend(subject: Subject, scene: Scene): Assessment {
  const accusations = collectAccusations(subject, scene);
  const main = accusations.find((accusation) => accusation.isConfirmed) ?? accusations[0];
  const evidence = accusations.flatMap((accusation) => accusation.evidence);
  const seen = describeSignals(subject.backend, scene.now);
  if (main !== undefined)
    return {
      condition: main.isConfirmed ? 'bad' : 'suspicious',
      cause: main.cause,
      evidence,
      detail: `${main.evidence.map((fact) => fact.detail).join('; ')}. Seen: ${seen}`,
    };
  return {
    condition: isKnownGood(subject, scene) ? 'good' : 'unknown',
    cause: null,
    evidence,
    detail: seen,
  };
}

/** What one signal says when it accuses nobody: null is not set up and does not count, `unseen` is set up but missing or stale. */
type Opinion = 'well' | 'unseen' | null;

/** Well only if every signal that is set up was freshly seen and at least one says so: absence is no evidence of health either. */
function isKnownGood(subject: Subject, scene: Scene): boolean {
  const opinions = [
    ...subject.backend.attachments.map(healthOpinion),
    probeOpinion(subject, scene),
    instanceOpinion(subject),
  ];
  return !opinions.includes('unseen') && opinions.includes('well');
}

const isNotSetUp = (read: Reading<unknown>): boolean =>
  read.kind === 'missing' && read.reason === 'not-configured';

function healthOpinion({ health }: Attachment): Opinion {
  if (isNotSetUp(health)) return null;
  if (health.kind !== 'ok') return 'unseen';
  return health.value.some((row) => row.verdict !== 'unavailable') ? 'well' : null;
}

function probeOpinion({ backend, windows }: Subject, { policy }: Scene): Opinion {
  if (policy.heal.probe === null || isNotSetUp(backend.probe)) return null;
  const isSeen = windows[0] !== undefined && windows[0].probes > 0;
  return isSeen || isAnswering(backend.probe) ? 'well' : 'unseen';
}

/**
 * A broken vantage makes answers fail and cannot make them up: whoever answers is seen all the same. Else nobody who was launched
 * because everybody is overloaded could ever be verified.
 */
function isAnswering(probe: Reading<ProbeWindow>): boolean {
  const window = freshValue(probe);
  return window !== undefined && window.probes > 0 && window.failures * 2 <= window.probes;
}

const instanceOpinion = ({ backend }: Subject): Opinion =>
  freshValue(backend.instance)?.status === 'Running' ? 'well' : null;
