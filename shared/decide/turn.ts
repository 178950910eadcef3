import { type BackendMemory } from '../domain/memory';
import { type ReasonCode } from '../domain/reasons';
import { type Assessment } from './assess';
import { type Scene, type Subject } from './scene';

/** What becomes of a backend: its memory if everything is done, and why. */
export interface Transition {
  readonly next: BackendMemory;
  readonly reason: ReasonCode;
  readonly detail: string;
  readonly repair: 'restart' | 'reboot' | null;
}

/** One backend, what is remembered of it, and what this tick says of it. */
export interface Turn {
  readonly memory: BackendMemory;
  readonly assessment: Assessment;
  readonly subject: Subject;
  readonly scene: Scene;
}

/** A transition without a repair. */
export const keep = (next: BackendMemory, reason: ReasonCode, detail: string): Transition => ({
  next,
  reason,
  detail,
  repair: null,
});
