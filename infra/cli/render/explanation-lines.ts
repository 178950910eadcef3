import { type ExplanationLine, type Tone } from '../../../shared/record/explain';
import { nameExplanationOf } from '../../../shared/record/failover/explain-name';
import { type Colours } from '../terminal';

/** Explanation lines for a terminal: indented, coloured by tone. */
export function explanationLines(
  lines: readonly ExplanationLine[],
  colours: Colours,
): readonly string[] {
  const paint: Readonly<Record<Tone, (text: string) => string>> = {
    heading: colours.bold,
    plain: (text) => text,
    done: colours.green,
    withheld: colours.yellow,
    quiet: colours.dim,
  };
  return lines.map(({ indent, tone, text }) => `${'  '.repeat(indent)}${paint[tone](text)}`);
}

/** The same of a public name, as the console tells it. */
export const nameLines = (
  shown: Parameters<typeof nameExplanationOf>[0],
  outcome: Parameters<typeof nameExplanationOf>[1],
  colours: Colours,
): readonly string[] => explanationLines(nameExplanationOf(shown, outcome), colours);
