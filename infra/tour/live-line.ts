import { type Terminal } from '../cli/terminal';

const CLEAR_LINE = '\r\u001B[2K';
const FRAME_MS = 250;

/** What is going on, in one line that renews itself on a terminal; in a pipe, a line for each new thing. */
export function liveLine({ err, colours, isInteractive }: Terminal): {
  readonly say: (text: string) => void;
  readonly end: () => void;
} {
  const startedAt = performance.now();
  let current = '';
  const draw = (): void => {
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    process.stderr.write(`${CLEAR_LINE}${colours.dim(`    … ${seconds} s  ${current}`)}`);
  };
  const timer = isInteractive ? setInterval(draw, FRAME_MS) : undefined;
  return {
    say(text) {
      const isNew = text.replace(/\d+/g, '') !== current.replace(/\d+/g, '');
      current = text;
      if (!isInteractive && isNew) err(`    … ${text}`);
    },
    end() {
      clearInterval(timer);
      if (isInteractive) process.stderr.write(CLEAR_LINE);
    },
  };
}
