import { type ExitName } from './exit-codes';
import { type Colours } from './terminal';

/** What a command found: the same as JSON and as lines for people. */
export interface CommandResult {
  readonly exit: ExitName;
  /** Undefined when everything was printed while the command ran. */
  readonly json: unknown;
  readonly lines: (colours: Colours) => readonly string[];
}
