import { type EvacuationView } from '../../../shared/operate/operator-reply';
import { instantText } from '../../../shared/record/text';
import { type Colours } from '../terminal';

const named = (count: number, ids: readonly string[]): string =>
  ids.length === 0 ? String(count) : `${count} (${ids.join(', ')})`;

/** How far a zone is left, or would be, for a terminal. */
export function evacuationLines(view: EvacuationView, colours: Colours): readonly string[] {
  const { poolName, zoneId, evacuation, drained, draining, remaining, launched } = view;
  const serving = launched.filter(({ isServing }) => isServing).length;
  return [
    `${colours.bold(poolName)} leaves ${zoneId} until ${instantText(evacuation.until)}, by order of ${evacuation.by}: ${evacuation.reason}`,
    `  in the zone: ${view.standing}; drained: ${named(drained.length, drained)}; lowered next: ${named(draining.length, draining)}`,
    ...remaining.map(({ instanceId, rule, detail }) =>
      colours.yellow(
        `  ${instanceId} keeps its weight${rule === '' ? '' : `, withheld by ${rule}`}: ${detail}`,
      ),
    ),
    `  elsewhere: ${view.servingElsewhere} serving; asked for next: ${view.launching}; came since the order: ${launched.length}, ${serving} of them serving`,
    ...view.notes.map((note) => colours.dim(`  ${note}`)),
  ];
}
