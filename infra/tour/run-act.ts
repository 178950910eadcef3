import { type Act, type ActReport } from './act';

/** Runs one act and stops everything it started, also when it fails or is interrupted. */
export async function runAct(
  act: Act,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<ActReport> {
  const endings: (() => Promise<unknown>)[] = [];
  const startedAt = performance.now();
  try {
    const result = await act.run({ say, signal, ending: (end) => void endings.push(end) });
    return {
      act: act.name,
      title: act.title,
      profile: 'rehearsal',
      seconds: Math.round((performance.now() - startedAt) / 1000),
      ...result,
    };
  } finally {
    say('clearing away');
    for (const end of endings.reverse()) await end().catch(() => undefined);
  }
}
