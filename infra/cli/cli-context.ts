import { type Terminal } from './terminal';

/** The world around the command line: told what to be in tests. */
export interface CliContext {
  readonly terminal: Terminal;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly now: () => number;
  /** What Ctrl-C does from now on, instead of ending at once. */
  readonly onInterrupt: (stop: () => void) => void;
  /** Takes the exit code of the command that ran. */
  readonly finish: (code: number) => void;
}
