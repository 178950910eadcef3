import { type Exhibition } from '../console/exhibition';
import { type Act, type ActContext, type ActReport } from './act';

/** Runs one act and stops everything it started, also when it fails or is interrupted. */
export async function runAct(
  act: Act,
  say: (text: string) => void,
  signal: AbortSignal,
  exhibition?: Exhibition,
): Promise<ActReport> {
  const endings: (() => Promise<unknown>)[] = [];
  const startedAt = performance.now();
  try {
    const ending: ActContext['ending'] = (end) => void endings.push(end);
    const show: NonNullable<ActContext['show']> = (exhibit) => {
      const label = `${act.name}, ${exhibit.label}`;
      exhibition?.add({ ...exhibit, label });
      ending(() => Promise.resolve(exhibition?.keep(label)));
    };
    const result = await act.run({ say, signal, ending, show });
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
