import { type Assessment } from '../../shared/decide/assess';
import { freshMemory } from '../../shared/decide/remember';
import { type Scene, type Subject } from '../../shared/decide/scene';
import { type BackendMemory } from '../../shared/domain/memory';
import { type ReasonCode } from '../../shared/domain/reasons';
import { freshValue } from '../../shared/domain/reading';
import { aBackend, aPolicy, aPool, NOW } from './builders';

export interface SubjectParts extends Partial<Omit<Subject, 'memory' | 'outlier'>> {
  readonly memory?: Partial<BackendMemory>;
  readonly outlier?: Partial<Subject['outlier']>;
}

/** One backend as decisions see it: in line with its peers, remembered as healthy, its present window the only one. */
export function aSubject({ memory, outlier, ...rest }: SubjectParts = {}): Subject {
  const backend = rest.backend ?? aBackend('i-0');
  const window = freshValue(backend.probe);
  return {
    backend,
    memory: { ...freshMemory(backend, aPool({ backends: [backend] })), ...memory },
    windows: window === undefined ? [] : [window],
    statistics: [],
    outlier: {
      isOutlier: false,
      confirmedWindows: 0,
      byErrors: false,
      byLatency: false,
      signals: [],
      detail: 'in line with its peers',
      ...outlier,
    },
    isNewcomer: false,
    personWeights: [],
    ...rest,
  };
}

/** What one backend is judged against: ordinary policy, no orders, no panic, a vantage that works. */
export const aScene = (subject: Subject, parts: Partial<Scene> = {}): Scene => ({
  pool: aPool({ backends: [subject.backend] }),
  policy: aPolicy(),
  now: NOW,
  vantage: { isBroken: false, probed: 1, failing: 0 },
  subjects: { [subject.backend.instanceId]: subject },
  orders: {},
  isPanic: false,
  ...parts,
});

/** What this tick says of a backend; a condition that needs a cause gets the one that is given. */
export const anAssessment = (
  condition: Assessment['condition'],
  cause: ReasonCode = 'probes-failing',
): Assessment => {
  const told = { evidence: [], detail: 'CLB says so' };
  return condition === 'good' || condition === 'unknown'
    ? { ...told, condition, cause: null }
    : { ...told, condition, cause };
};
