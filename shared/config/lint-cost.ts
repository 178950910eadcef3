import { estimateWatch, ASSUMPTIONS } from './cost';
import { LOAD_BALANCER_LIMITS, writeDuration } from './limits';
import { remarkIf, lintRules } from './lint-rule';
import { formatDuration } from './notation';

/** A tick after the probe window: reads, decisions, writes with read-back. */
const TICK_RESERVE_MS = 8000;

export const COST_RULES = lintRules([
  {
    code: 'watch-always-cost',
    severity: 'info',
    about: 'A worker that is always awake is billed around the clock.',
    check: ({ fleet: { deployment, prices }, pool, members }) =>
      remarkIf(pool.watch === 'always', () => {
        const always = estimateWatch('always', { pool, members, deployment, prices });
        const unsteady = estimateWatch('unsteady', { pool, members, deployment, prices });
        return {
          at: ['watch'],
          sentence: `watch: always takes about ${always.vcpuSeconds} vCPU-s a month (${always.price} ${always.currency}); unsteady about ${unsteady.vcpuSeconds} (${unsteady.price} ${unsteady.currency}). Estimates.`,
          remedy: 'Keep it where seconds matter, else use watch: unsteady.',
        };
      }),
  },
  {
    code: 'worker-timeout-short',
    severity: 'error',
    about: 'The worker’s time limit does not hold a single tick.',
    check: ({ fleet: { deployment }, pool }) => {
      const neededMs =
        (pool.heal.probe?.windowMs ?? 0) + deployment.callDeadlineMs + TICK_RESERVE_MS;
      return remarkIf(deployment.workerTimeoutMs < neededMs, () => ({
        at: ['watchInterval'],
        sentence: `A tick may take ${formatDuration(neededMs)} (probe window, one call’s deadline, 8s for reads and writes); the worker is stopped after ${formatDuration(deployment.workerTimeoutMs)}.`,
        remedy:
          'Raise the function’s timeout and deployment.workerTimeout; the platform’s default of 3 s is too short for any tick.',
      }));
    },
  },
  {
    code: 'worker-timeout-below-watch',
    severity: 'warning',
    about: 'The worker cannot stay awake until the next timer.',
    check: ({ fleet: { deployment }, pool }) =>
      remarkIf(
        pool.watch !== 'never' &&
          deployment.workerTimeoutMs - deployment.callDeadlineMs < deployment.timerEveryMs,
        () => ({
          at: ['watch'],
          sentence: `watch: ${pool.watch} ends after ${formatDuration(deployment.workerTimeoutMs)} at the latest, before the timer of ${formatDuration(deployment.timerEveryMs)} comes round: there are gaps.`,
          remedy: 'Raise the function’s timeout and deployment.workerTimeout.',
        }),
      ),
  },
  {
    code: 'watch-slower-than-timer',
    severity: 'warning',
    about: 'A watch interval above the timer’s period gains nothing.',
    check: ({ fleet: { deployment }, pool }) =>
      remarkIf(pool.watch !== 'never' && pool.watchIntervalMs >= deployment.timerEveryMs, () => ({
        at: ['watchInterval'],
        sentence: `Ticks every ${formatDuration(pool.watchIntervalMs)} while awake are no faster than the timer, and are billed all the time.`,
        remedy: 'Shorten watchInterval, or use watch: never.',
      })),
  },
  {
    code: 'write-quota',
    severity: 'info',
    about:
      'A change of all weights takes a while: 20 servers a call, 90 calls a minute for account, region and API.',
    check: ({ members, pool }) => {
      const { calls, durationMs } = writeDuration(members ?? 0, pool.targets.length);
      return remarkIf(calls > LOAD_BALANCER_LIMITS.writesPerWindow, () => ({
        at: ['targets'],
        sentence: `Writing every weight of the pool takes ${calls} calls and at least ${formatDuration(Math.ceil(durationMs / 1000) * 1000)}.`,
        remedy: 'Nothing to do; restores go before ejections, ramps and feedback.',
      }));
    },
  },
  {
    code: 'budget-above-call',
    severity: 'info',
    about: 'A budget of more than 20 changes needs more than one call of the load balancer’s API.',
    check: ({ pool: { guards } }) =>
      remarkIf(guards.budget.count > LOAD_BALANCER_LIMITS.serversPerCall, () => ({
        at: ['guards', 'budget', 'count'],
        sentence: `${guards.budget.count} changes take ${Math.ceil(guards.budget.count / LOAD_BALANCER_LIMITS.serversPerCall)} calls, during which the load balancer is locked in turns.`,
        remedy: 'Nothing to do, if that many at once is what you want.',
      })),
  },
  {
    code: 'shared-metric-quota',
    severity: 'info',
    about: 'One pool uses a large part of the account’s free CloudMonitor calls.',
    check: ({ fleet: { deployment, prices }, pool, members }) => {
      const { metricCalls } = estimateWatch(pool.watch, { pool, members, deployment, prices });
      return remarkIf(metricCalls > ASSUMPTIONS.freeMetricCalls / 2, () => ({
        at: [],
        sentence: `The pool makes about ${metricCalls} CloudMonitor calls a month; ${ASSUMPTIONS.freeMetricCalls} are free for the whole account, 23 a minute.`,
        remedy: 'Watch the quota, or switch on pay-as-you-go.',
      }));
    },
  },
]);
