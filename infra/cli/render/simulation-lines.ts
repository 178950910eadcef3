import { instantText } from '../../../shared/record/text';
import { instant } from '../../../shared/domain/units';
import { type SimulationResult } from '../../simulation/simulate';
import { type Totals } from '../../simulation/totals';
import { type Colours } from '../terminal';

export interface SimulationReport {
  readonly totals: Totals;
  readonly isStopped: boolean;
  readonly hoursPerSecond: number;
  readonly results: readonly SimulationResult[];
}

/** Breaches shown of one seed; JSON has all of them. */
const SHOWN_MAX = 10;

/** What a simulation did and what came of it. */
export function simulationLines(report: SimulationReport, colours: Colours): readonly string[] {
  const { totals, isStopped, hoursPerSecond, results } = report;
  const [first] = results;
  const what = results.length === 1 ? `seed ${first?.seed ?? ''}` : `${totals.seeds} seeds`;
  return [
    `${what}, ${totals.hours} simulated hours${isStopped ? ' (stopped)' : ''}; ${hoursPerSecond} hours a second`,
    `${totals.ticks} ticks, ${totals.calls} API calls${results.length === 1 ? `; digest ${first?.digest ?? ''}` : ''}`,
    ...countLines('faults', totals.faults),
    ...countLines('actions', totals.actions),
    ...results.flatMap((result) => breachLines(result, colours)),
    verdict(totals, colours),
  ];
}

function countLines(
  title: string,
  counts: Readonly<Record<string, number | undefined>>,
): readonly string[] {
  const entries = Object.entries(counts);
  if (entries.length === 0) return [`no ${title}`];
  return [
    `${title}:`,
    ...entries.map(([name, count = 0]) => `  ${String(count).padStart(7)}  ${name}`),
  ];
}

function breachLines({ seed, breaches }: SimulationResult, colours: Colours): readonly string[] {
  const shown = breaches.slice(0, SHOWN_MAX).map(({ promise, at, what, tickId }) => {
    const tick = tickId === undefined ? '' : ` (tick ${tickId})`;
    return `  promise ${promise}, ${instantText(instant(at))}: ${what}${tick}`;
  });
  if (shown.length === 0) return [];
  const more = breaches.length - shown.length;
  return [
    colours.red(
      `seed ${seed} broke ${breaches.length === 1 ? 'a promise' : `promises ${breaches.length} times`}:`,
    ),
    ...shown,
    ...(more > 0 ? [`  and ${more} more; --json has all of them`] : []),
  ];
}

function verdict({ broken, seeds }: Totals, colours: Colours): string {
  if (broken.length === 0) return colours.green('No promise broke.');
  return colours.red(`${broken.length} of ${seeds} broke a promise: ${broken.join(', ')}`);
}
