import { execFileSync } from 'node:child_process';
import { Dice } from '../../infra/simulation/dice';

/** Where seeds came from, and what they were drawn by. */
export interface SeedSource {
  /** For people: `the sources checked out (tree 3a5f…)`, or why the fixed list was taken. */
  readonly name: string;
  readonly key: string;
}

/** The key is what the listed failures were once found by. */
const fixed = (why: string): SeedSource => ({ name: `the fixed list (${why})`, key: 'no commit' });

/**
 * What is checked out, by the id of its tree: each change of the sources hunts among other universes, and a commit of the same sources
 * among the same. With `EVENKEEL_SIMULATION_SEEDS=fixed`, and where there is no repository to ask, the list is always the same one.
 */
export function seedSource(): SeedSource {
  if (process.env['EVENKEEL_SIMULATION_SEEDS'] === 'fixed') return fixed('as was asked for');
  try {
    const tree = execFileSync('git', ['rev-parse', 'HEAD^{tree}'], {
      cwd: __dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    return { name: `the sources checked out (tree ${tree})`, key: tree };
  } catch {
    return fixed('there is no repository');
  }
}

/** So many seeds that follow from a source, each between 1 and a million. */
export function seedsOf({ key }: Pick<SeedSource, 'key'>, count: number): readonly number[] {
  const dice = new Dice(0).split(key);
  return Array.from({ length: count }, () => dice.between(1, 1_000_000));
}
