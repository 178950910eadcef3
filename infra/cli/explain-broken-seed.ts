import { writeFileSync } from 'node:fs';
import { instantText } from '../../shared/record/text';
import { instant } from '../../shared/domain/units';
import { type FaultKind } from '../simulation/fault-kinds';
import {
  commandFor,
  type MinimalReplay,
  minimalReplay,
} from '../simulation/promises/minimal-replay';
import { type SimulationResult } from '../simulation/simulate';
import { type Colours } from './terminal';

/** A seed that broke a promise, made as small as it would get. */
export interface ExplainedSeed extends Omit<MinimalReplay, 'tick'> {
  /** Written for `evenkeel replay`; null when no tick came before the breach. */
  readonly tickFile: string | null;
}

/** How long a smaller universe is looked for. */
const SPAN_MS = 90_000;

/**
 * Makes the first broken seed smaller and writes the tick before its first breach into the current folder; null when none
 * broke. Where time is up before anything smaller was found, it is the seed itself.
 */
export async function explainBroken(
  results: readonly SimulationResult[],
  wish: { readonly hours: number; readonly faults: readonly FaultKind[] },
  isInterrupted: () => boolean,
): Promise<ExplainedSeed | null> {
  const broken = results.find(({ breaches }) => breaches.length > 0);
  const [breach] = broken?.breaches ?? [];
  if (broken === undefined || breach === undefined) return null;
  const endsAt = performance.now() + SPAN_MS;
  const { hours, faults } = wish;
  const failing = { seed: broken.seed, hours, faults };
  const found = await minimalReplay(failing, breach.promise, {
    isStopped: () => isInterrupted() || performance.now() > endsAt,
  });
  if (found === undefined)
    return { ...failing, breach, command: commandFor(failing), runs: 1, tickFile: null };
  const { tick, ...rest } = found;
  return { ...rest, tickFile: tick === null ? null : writeTick(tick, found) };
}

function writeTick(tick: object, { seed, breach }: MinimalReplay): string {
  const file = `evenkeel-seed-${seed}-promise-${breach.promise}.json`;
  writeFileSync(file, `${JSON.stringify(tick, null, 1)}\n`);
  return file;
}

/** How to see it again. */
export function explainedLines(
  explained: ExplainedSeed | null,
  colours: Colours,
): readonly string[] {
  if (explained === null) return [];
  const { breach, command, tickFile, runs } = explained;
  const { promise, at, what } = breach;
  return [
    `The smallest that still breaks it, of ${runs} tried:`,
    `  ${colours.bold(command)}`,
    `  promise ${promise}, ${instantText(instant(at))}: ${what}`,
    ...(tickFile === null ? [] : [`  the tick before it: evenkeel replay ${tickFile}`]),
  ];
}
