import { type ExitName } from './exit-codes';

/** A mistake of the person at the keyboard, or a world that does not allow it: one sentence, never a stack trace. */
export class UserError extends Error {
  readonly exit: ExitName;
  /** Further lines, such as every problem of a policy. */
  readonly details: readonly string[];

  constructor(exit: ExitName, message: string, details: readonly string[] = []) {
    super(message);
    this.name = 'UserError';
    this.exit = exit;
    this.details = details;
  }
}
