import { z } from 'zod';
import { type CustomMetricSettings } from './fleet-policy';
import { nameText } from './identifiers';
import { countField } from './notation';

const section = z.strictObject({
  pools: z
    .array(nameText(), { error: 'must be a list of pools' })
    .max(200, { error: 'must have at most 200 pools' })
    .nullable()
    .prefault(null)
    .meta({ description: 'Only figures of these pools; null: of all.', why: 'most are few' }),
  seriesMax: countField({ min: 1, max: 2000 }, 60, {
    description:
      'Time series that are written each minute, at most 20 in one call; pools beyond that are left out, and the log says so.',
    why: 'ten pools, three calls a minute: an eighth of the month’s free calls',
  }),
});

/** The `customMetrics` section. */
export const customMetricSchema = section
  .transform((written): CustomMetricSettings => written)
  .nullable()
  .prefault(null)
  .meta({
    description:
      'Figures of pools as custom metrics of CloudMonitor, beside the heartbeat: members, healthy, serving, ejected, wanted, and for how long somebody has been ill. Null: none.',
    why: 'custom metrics cost money, and /metrics has all of them for nothing',
  });
