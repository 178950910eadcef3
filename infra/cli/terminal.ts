import { createInterface } from 'node:readline/promises';
import { createColors } from 'picocolors';

export type Colours = ReturnType<typeof createColors>;

/** Where a command writes: answers to `out`, everything else to `err`. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly colours: Colours;
  /** A person looks at `err`, so progress may be shown. */
  readonly isInteractive: boolean;
  /** Asks and waits for an answer; absent where nobody can give one. */
  readonly ask?: (question: string) => Promise<string>;
}

/** Colours only where a terminal shows them: not in pipes, not with `NO_COLOR`, not for `TERM=dumb`. */
export function hasColours(
  isTerminal: boolean,
  variables: Readonly<Record<string, string | undefined>>,
): boolean {
  const isRefused = (variables['NO_COLOR'] ?? '') !== '' || variables['TERM'] === 'dumb';
  return isTerminal && !isRefused;
}

/** In a pipe `isTTY` is absent, whatever its type says. */
const isTerminal = (stream: { readonly isTTY?: boolean }): boolean => stream.isTTY === true;

/** The terminal of this process. */
export const processTerminal = (): Terminal => ({
  out: (text) => process.stdout.write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
  colours: createColors(hasColours(isTerminal(process.stdout), process.env)),
  isInteractive: isTerminal(process.stderr),
  ...(isTerminal(process.stdin) && isTerminal(process.stderr) && { ask }),
});

async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}

const PROGRESS_AFTER_MS = 2000;
const CLEAR_LINE = '\r\u001B[2K';

/** Waits for work; says what it waits for once that takes more than two seconds, and only to a person. */
export async function withProgress<T>(
  terminal: Terminal,
  text: string,
  work: Promise<T>,
): Promise<T> {
  if (!terminal.isInteractive) return work;
  const startedAt = performance.now();
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    if (seconds * 1000 >= PROGRESS_AFTER_MS)
      process.stderr.write(`${CLEAR_LINE}${text} … ${seconds} s`);
  }, 500);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    if (performance.now() - startedAt >= PROGRESS_AFTER_MS) process.stderr.write(CLEAR_LINE);
  }
}
