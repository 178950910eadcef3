import { type Checker } from '../history';
import { AccountedJudge } from './accounted';
import { BudgetJudge } from './budget';
import { EvidenceJudge } from './evidence';
import { ExplainedJudge } from './explained';
import { FloorJudge } from './floor';
import { LivenessJudge } from './liveness';
import { Lowerings } from './lowerings';
import { NamesJudge } from './names';
import { OnceJudge } from './once';
import { OneWriterJudge } from './one-writer';
import { OwnershipJudge } from './ownership';
import { PersonsJudge } from './persons';
import { SecretsJudge } from './secrets';

/** One judge for each promise of ARCHITECTURE.md, two for the seventh; new for every run, as they remember what they saw. */
export function allCheckers(): readonly Checker[] {
  const lowerings = new Lowerings();
  return [
    new FloorJudge(),
    new OwnershipJudge(),
    new OneWriterJudge(),
    new BudgetJudge(lowerings),
    new EvidenceJudge(lowerings),
    new LivenessJudge(),
    new ExplainedJudge(),
    new AccountedJudge(),
    new OnceJudge(),
    new NamesJudge(),
    new PersonsJudge(),
    new SecretsJudge(),
  ];
}
