import { DescribeSpotPriceHistoryRequest } from '@alicloud/ecs20140526/dist/models/DescribeSpotPriceHistoryRequest';
import { type LaunchOption } from '../../domain/scale-policy';
import { type CallOptions } from '../../ports/load-balancer';
import { type EcsCalls } from './ecs-calls';
import { type Fields, listAt, numberAt, requiredInstant, requiredNumber, textAt } from './reply';

const ACTION = 'DescribeSpotPriceHistory';
const ROWS_PER_PAGE = 1000;

/** The last three hours of one type in every zone, page by page. */
async function priceRows(
  calls: EcsCalls,
  instanceType: string,
  options: CallOptions,
): Promise<readonly Fields[]> {
  const rows: Fields[] = [];
  for (let offset = 0; ;) {
    const model = new DescribeSpotPriceHistoryRequest({
      regionId: calls.regionId,
      instanceType,
      networkType: 'vpc',
      OSType: 'linux',
      offset,
    });
    const reply = await calls.call(ACTION, model, options);
    const page = listAt(ACTION, reply, 'SpotPrices', 'SpotPriceType');
    rows.push(...page);
    const next = numberAt(reply, 'NextOffset') ?? 0;
    if (page.length < ROWS_PER_PAGE || next <= offset) return rows;
    offset = next;
  }
}

/** The newest price in the zone in thousandths an hour. Example: 0.156 → 156. */
function priceIn(rows: readonly Fields[], zoneId: string): number | undefined {
  const newest = rows
    .filter((row) => textAt(row, 'ZoneId') === zoneId)
    .map((row) => ({
      at: requiredInstant(ACTION, row, 'Timestamp'),
      price: requiredNumber(ACTION, row, 'SpotPrice'),
    }))
    .reduce<{ at: number; price: number } | undefined>(
      (latest, row) => (latest !== undefined && latest.at > row.at ? latest : row),
      undefined,
    );
  return newest === undefined ? undefined : Math.round(newest.price * 1000);
}

/** Market price of each spot option by its name; one call for each instance type covers all zones. */
export async function readSpotPrices(
  calls: EcsCalls,
  launchOptions: readonly LaunchOption[],
  options: CallOptions,
): Promise<Readonly<Record<string, number>>> {
  const spot = launchOptions.filter(({ chargeType }) => chargeType === 'spot');
  const types = [...new Set(spot.map(({ instanceType }) => instanceType))];
  const rows = new Map(
    await Promise.all(
      types.map(async (type) => [type, await priceRows(calls, type, options)] as const),
    ),
  );
  return Object.fromEntries(
    spot.flatMap(({ name, instanceType, zoneId }) => {
      const price = priceIn(rows.get(instanceType) ?? [], zoneId);
      return price === undefined ? [] : [[name, price] as const];
    }),
  );
}
