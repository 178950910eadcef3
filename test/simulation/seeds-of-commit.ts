import { execFileSync } from 'node:child_process';
import { Dice } from '../../infra/simulation/dice';

/** What seeds follow from unless the commit is asked for, or where there is no repository to ask. */
const NO_COMMIT = 'no commit';

/**
 * Id of the commit that is checked out, with `EVENKEEL_SIMULATION_SEEDS=commit`: each commit then hunts among other universes. Not by
 * default as long as some universes are known to break a promise (`failed-seeds.json`): a commit that is well must not be refused.
 */
function commit(): string {
  if (process.env['EVENKEEL_SIMULATION_SEEDS'] !== 'commit') return NO_COMMIT;
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], {
      cwd: __dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return NO_COMMIT;
  }
}

/** So many seeds that follow from the commit, each between 1 and a million. */
export function seedsOfCommit(count: number, of: string = commit()): readonly number[] {
  const dice = new Dice(0).split(of);
  return Array.from({ length: count }, () => dice.between(1, 1_000_000));
}
