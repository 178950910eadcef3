import { z } from 'zod';
import { type ProbePolicy } from '../domain/policy';
import { DEFAULT_PROBE } from '../domain/heal-defaults';
import { countField, durationField, formatDuration, portField } from './notation';

const settings = z.strictObject({
  path: z
    .string({ error: 'must be an HTTP path that begins with /' })
    .regex(/^\/\S{0,255}$/, {
      error: 'must be an HTTP path that begins with /, at most 256 characters',
    })
    .meta({
      description: 'Path that is requested with GET; it should do real work, without side effects.',
    }),
  port: portField()
    .optional()
    .meta({ description: 'Port to probe; left out: the port that the load balancer uses.' }),
  timeout: durationField({ min: 50, max: 30_000 }, formatDuration(DEFAULT_PROBE.timeoutMs), {
    description: 'An answer later than this is a failure.',
    why: 'clearly slow, yet short against the window',
  }),
  window: durationField({ min: 500, max: 60_000 }, formatDuration(DEFAULT_PROBE.windowMs), {
    description: 'Length of one observation window.',
    why: 'two windows, which a verdict needs, fit into five seconds',
  }),
  perWindow: countField({ min: 1, max: 1000 }, DEFAULT_PROBE.perWindow, {
    description: 'Probes to one backend in one window.',
    why: 'four a second: noise beside real traffic',
  }),
  budgetPerWindow: countField({ min: 1, max: 100_000 }, DEFAULT_PROBE.budgetPerWindow, {
    description: 'Probes to the whole pool in one window; larger pools take turns.',
    why: 'pools of up to 40 are seen whole in every window',
  }),
  concurrency: countField({ min: 1, max: 1000 }, DEFAULT_PROBE.concurrency, {
    description: 'Probes in flight at once.',
    why: 'a small function holds as many sockets with ease',
  }),
});

/** The `probe` section: null while no path is known, because no path can be guessed. */
export const probeSchema = settings
  .transform(({ port, timeout, window, ...rest }): ProbePolicy => ({
    ...rest,
    ...(port === undefined ? {} : { port }),
    timeoutMs: timeout,
    windowMs: window,
  }))
  .nullable()
  .prefault(null)
  .meta({
    description: 'Active probes from inside the VPC; null sends none.',
    why: 'no path can be guessed',
  });
