import { type Watch } from '../../../shared/domain/policy';
import { type Wakes } from '../../rehearsal/start-side';

/** One way of looking after a pool; all of them suffer the same fault at the same moment. */
export interface Contender {
  readonly name: string;
  readonly title: string;
  readonly wakes: Wakes;
  /** Null: Evenkeel is not there. */
  readonly watch: Watch | null;
}

/** What a user would have without Evenkeel comes first. */
export const CONTENDERS: readonly Contender[] = [
  { name: 'health-checks', title: 'health checks alone', wakes: 'nobody', watch: null },
  { name: 'timer', title: 'timer, watch: never', wakes: 'timer', watch: 'never' },
  { name: 'alarm', title: 'alarm, watch: never', wakes: 'alarm', watch: 'never' },
  {
    name: 'unsteady',
    title: 'timer + alarm, watch: unsteady',
    wakes: 'timer-and-alarm',
    watch: 'unsteady',
  },
  {
    name: 'always',
    title: 'timer + alarm, watch: always',
    wakes: 'timer-and-alarm',
    watch: 'always',
  },
];
