import { type MonthlyCosts } from '../../install/monthly-costs';
import { table } from '../table';
import { type Colours } from '../terminal';

/** What a month costs, line by line, with formulas and what they assume; null: there is no policy to reckon it from. */
export function costLines(costs: MonthlyCosts | null, colours: Colours): readonly string[] {
  if (costs === null) return ['A month’s costs are reckoned from the policy: give --policy.'];
  const { total, currency, lines, assumptions } = costs;
  return [
    colours.bold(`A month of the whole deployment: about ${total} ${currency}`),
    ...table(
      ['what', 'how much', currency, 'reckoned as'],
      lines.map(({ what, quantity, price, formula }) => [
        what,
        quantity,
        price.toFixed(2),
        formula,
      ]),
    ),
    ...assumptions.map(colours.dim),
  ];
}
