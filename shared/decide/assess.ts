import { type Attachment } from '../domain/pool';
import { type Evidence } from '../domain/proposal';
import { freshValue } from '../domain/reading';
import { type ReasonCode } from '../domain/reasons';
import { collectAccusations } from './accusations';
import { describeSignals } from './describe';
import { type Scene, type Subject } from './scene';

/**
 * What the signals of this tick say of one backend:
 * `bad` confirmed, `suspicious` accused but not confirmed, `good` seen and in order, `unknown` not seen well enough to say.
 */
export interface Assessment {
  readonly condition: 'good' | 'bad' | 'suspicious' | 'unknown';
  /** The first confirmed cause, else the first suspicion. */
  readonly cause: ReasonCode | null;
  readonly evidence: readonly Evidence[];
  readonly detail: string;
}

/** Judges one backend by this tick's signals alone; what to do about it is decided elsewhere. */
export function assessBackend(subject: Subject, scene: Scene): Assessment {
  const accusations = collectAccusations(subject, scene);
  const main = accusations.find((accusation) => accusation.isConfirmed) ?? accusations[0];
  const evidence = accusations.flatMap((accusation) => accusation.evidence);
  const seen = describeSignals(subject.backend, scene.now);
  if (main !== undefined) {
    const condition = main.isConfirmed ? 'bad' : 'suspicious';
    return {
      condition,
      cause: main.cause,
      evidence,
      detail: `${main.evidence.map((fact) => fact.detail).join('; ')}. Seen: ${seen}`,
    };
  }
  return {
    condition: isKnownGood(subject, scene) ? 'good' : 'unknown',
    cause: null,
    evidence,
    detail: seen,
  };
}

type Opinion = 'well' | 'silent' | 'unseen';

/**
 * Well only if every signal that is set up was freshly seen and at least one of them says so. `silent` signals are not set
 * up and do not count; an `unseen` one is set up but missing or stale, and absence is never evidence of health either.
 */
function isKnownGood(subject: Subject, scene: Scene): boolean {
  const opinions = [
    healthOpinion(subject.backend.attachments),
    probeOpinion(subject, scene),
    instanceOpinion(subject),
  ];
  return !opinions.includes('unseen') && opinions.includes('well');
}

function healthOpinion(attachments: readonly Attachment[]): Opinion {
  const opinions = attachments.map(({ health }): Opinion => {
    if (health.kind === 'missing') return health.reason === 'not-configured' ? 'silent' : 'unseen';
    if (health.kind === 'stale') return 'unseen';
    return health.value.some((row) => row.verdict !== 'unavailable') ? 'well' : 'silent';
  });
  return opinions.includes('unseen') ? 'unseen' : opinions.includes('well') ? 'well' : 'silent';
}

function probeOpinion({ backend, windows }: Subject, { policy }: Scene): Opinion {
  if (policy.heal.probe === null) return 'silent';
  if (backend.probe.kind === 'missing' && backend.probe.reason === 'not-configured')
    return 'silent';
  return windows[0] !== undefined && windows[0].probes > 0 ? 'well' : 'unseen';
}

const instanceOpinion = ({ backend }: Subject): Opinion =>
  freshValue(backend.instance)?.status === 'Running' ? 'well' : 'silent';
