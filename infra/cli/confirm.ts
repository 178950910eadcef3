import { type OutputOptions } from './run-command';
import { type Terminal } from './terminal';
import { UserError } from './user-error';

/** What orders that move traffic have in common: a plan first, or a yes. */
export interface ConfirmOptions extends OutputOptions {
  readonly plan?: true;
  readonly yes?: true;
}

/** Asks the person at the terminal, unless `--yes` was given. Throws `UserError` when nobody can be asked, or the answer is no. */
export async function confirm(
  { ask }: Terminal,
  { yes, json }: ConfirmOptions,
  question: string,
): Promise<void> {
  if (yes === true) return;
  if (ask === undefined || json === true)
    throw new UserError(
      'usage',
      'Nobody can be asked here: give --yes to order it, or --plan to see what would happen.',
    );
  if (!/^y(es)?$/iu.test((await ask(`${question} [y/N] `)).trim()))
    throw new UserError('problem', 'Nothing was ordered.');
}
