import { NativeFunctionInvoker } from '../../shared/adapters/function-compute/native-function-invoker';
import { SystemClock } from '../../shared/adapters/system/system-clock';
import { plus } from '../../shared/domain/units';
import { POOL_NAME, type Side } from './start-side';

const CALL_MS = 20_000;

/** Calls a side's operator function on its Function host, as the command line does on a real one. Resolves with its reply. */
export async function callOperator(
  { region, host }: Side,
  request: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  if (host === null) throw new Error('Orders need the functions: nobody wakes this side.');
  const clock = new SystemClock();
  const { accountId, regionId, accessKeyId, accessKeySecret } = region;
  const invoker = new NativeFunctionInvoker({
    accountId,
    regionId,
    credentials: async () => Promise.resolve({ accessKeyId, accessKeySecret }),
    clock,
    endpoint: new URL(host.url).host,
    protocol: 'HTTP',
  });
  const options = { deadline: plus(clock.now(), CALL_MS) };
  return invoker.call('evenkeel-operator', { pool: POOL_NAME, ...request }, options);
}
