import { type Clock } from '../../ports/clock';
import { type CallOptions } from '../../ports/load-balancer';
import { classifyVendorError } from '../alicloud/error-table';

/**
 * The task's result, or `Timeout` once the deadline has passed; the task gets the milliseconds that are left. The clients'
 * own limits do not hold on reused sockets.
 */
export async function withinDeadline<T>(
  clock: Clock,
  { deadline }: CallOptions,
  task: (spanMs: number) => Promise<T>,
): Promise<T> {
  const spanMs = deadline - clock.now();
  const late = (mayHaveBeenSent: boolean) =>
    classifyVendorError({
      action: 'InvokeFunction',
      code: 'Timeout',
      message: 'no answer in time',
      mayHaveBeenSent,
    });
  if (spanMs <= 0) throw late(false);
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late(true)), spanMs);
  });
  // Also a task that throws before it waits must not leave the timer behind: nobody would catch what it rejects.
  const begun = (async () => task(spanMs))();
  return Promise.race([begun, timeout]).finally(() => clearTimeout(timer));
}
