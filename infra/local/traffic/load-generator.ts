import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { builtScript } from '../repository';
import { type LoadCommand, type LoadMessage } from './load-messages';
import { type LoadOptions } from './load-options';
import { type LoadReport } from './load-report';

/** Longest wait for an answer of the load process, beyond the requests' own time-out. */
const PATIENCE_MS = 10_000;

export interface Load {
  /** Totals so far. */
  report(): Promise<LoadReport>;
  /** Ends the load once what is under way has ended, and the process with it. Asked again, gives the same report. */
  stop(): Promise<LoadReport>;
}

/**
 * Sends constant-rate load from a process of its own (`dist/local/load-process.js`, see `npm run build`). `onInterval` is given what happened
 * since the last interval. Rejects, as do the returned functions, when the process ends or falls silent.
 *
 * Example: `const load = await startLoad({ kind: 'http', host, port, requestsPerSecond: 200 }); …; const { failed } = await load.stop();`
 */
export async function startLoad(
  options: LoadOptions,
  onInterval: (report: LoadReport) => void = () => undefined,
): Promise<Load> {
  const child = fork(builtScript('local/load-process.js'), [], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [],
  });
  child.on('message', (message: LoadMessage) => {
    if (message.kind === 'interval') onInterval(message.report);
  });
  const patienceMs = PATIENCE_MS + (options.timeoutMs ?? 5000);
  const ask = (command: LoadCommand, answer: LoadMessage['kind']): Promise<LoadReport> =>
    exchange(child, { command, answer, patienceMs });
  await ask({ kind: 'start', options }, 'started');
  let stopped: Promise<LoadReport> | undefined;
  const ended = once(child, 'exit');
  const end = async (): Promise<LoadReport> => {
    const report = await ask({ kind: 'stop' }, 'stopped');
    await ended;
    return report;
  };
  return {
    report: () => ask({ kind: 'report' }, 'report'),
    stop: () => (stopped ??= end()),
  };
}

interface Question {
  readonly command: LoadCommand;
  readonly answer: LoadMessage['kind'];
  readonly patienceMs: number;
}

const exchange = (
  child: ChildProcess,
  { command, answer, patienceMs }: Question,
): Promise<LoadReport> =>
  new Promise((resolve, reject) => {
    const onMessage = (message: LoadMessage): void => {
      if (message.kind !== answer) return;
      settle();
      resolve(message.report);
    };
    const fail = (reason: string): void => {
      settle();
      child.kill('SIGKILL');
      reject(new Error(`The load process ${reason} before it answered “${command.kind}”.`));
    };
    // `disconnect` comes once everything sent has been read; `exit` may overtake a last, long report.
    const onEnd = (): void => fail('ended');
    const timer = setTimeout(() => fail('fell silent'), patienceMs);
    const settle = (): void => {
      clearTimeout(timer);
      child.off('message', onMessage).off('disconnect', onEnd);
    };
    child.on('message', onMessage).on('disconnect', onEnd);
    const onSent = (error: Error | null): void => {
      if (error !== null) fail('had ended');
    };
    if (child.connected) child.send(command, onSent);
    else fail('had ended');
  });
