import { describe, expect, it } from '@jest/globals';
import { RetryingRpc } from '../../../shared/adapters/alicloud/retrying-rpc';
import { type RpcRequest } from '../../../shared/adapters/alicloud/rpc';
import { refuse, ScriptedRpc } from '../../support/scripted-rpc';
import { TestClock } from '../../support/test-clock';

const request = (action: string): RpcRequest => ({
  product: 'Slb',
  version: '2014-05-15',
  action,
  query: {},
});
const always = { next: () => 0.5 };

function failing(action: string, times: number, failure: () => never): ScriptedRpc {
  let left = times;
  return new ScriptedRpc({
    [action]: () => {
      left -= 1;
      return left >= 0 ? failure() : { done: true };
    },
  });
}

describe('repeating calls', () => {
  it('repeats a throttled write with a growing, random wait until it is taken', async () => {
    const clock = new TestClock();
    const rpc = failing('SetBackendServers', 3, () =>
      refuse('SetBackendServers', 400, 'Throttling.User'),
    );
    const retrying = new RetryingRpc({ rpc, clock, random: always });
    expect(await retrying.call(request('SetBackendServers'), clock.in(10_000))).toEqual({
      done: true,
    });
    expect(clock.sleeps).toEqual([100, 200, 400]);
  });

  it('waits as long as the vendor asks', async () => {
    const clock = new TestClock();
    const rpc = failing('DescribeHealthStatus', 1, () =>
      refuse('DescribeHealthStatus', 400, 'Throttling', { retryAfterMs: 1234 }),
    );
    await new RetryingRpc({ rpc, clock, random: always }).call(
      request('DescribeHealthStatus'),
      clock.in(10_000),
    );
    expect(clock.sleeps).toEqual([1234]);
  });

  it('gives up at once when the wait would pass the deadline', async () => {
    const clock = new TestClock();
    const rpc = failing('DescribeHealthStatus', 9, () =>
      refuse('DescribeHealthStatus', 400, 'Throttling', { retryAfterMs: 5000 }),
    );
    const call = new RetryingRpc({ rpc, clock, random: always }).call(
      request('DescribeHealthStatus'),
      clock.in(4000),
    );
    await expect(call).rejects.toMatchObject({ details: { code: 'Throttling' } });
    expect(rpc.calls).toHaveLength(1);
  });

  it('gives up after four attempts: an outage is not met with a storm', async () => {
    const clock = new TestClock();
    const rpc = failing('DescribeHealthStatus', 99, () =>
      refuse('DescribeHealthStatus', 503, 'ServiceUnavailable'),
    );
    const call = new RetryingRpc({ rpc, clock, random: always }).call(
      request('DescribeHealthStatus'),
      clock.in(600_000),
    );
    await expect(call).rejects.toMatchObject({ details: { code: 'ServiceUnavailable' } });
    expect(rpc.calls).toHaveLength(4);
  });

  it('asks again for a read whose reply was lost', async () => {
    const clock = new TestClock();
    const rpc = failing('DescribeHealthStatus', 1, () =>
      refuse('DescribeHealthStatus', 500, 'InternalError'),
    );
    await new RetryingRpc({ rpc, clock, random: always }).call(
      request('DescribeHealthStatus'),
      clock.in(10_000),
    );
    expect(rpc.calls).toHaveLength(2);
  });

  it.each([
    ['a write that may have landed', 'RebootInstances', 500, 'InternalError'],
    [
      'a write that met the configuration lock',
      'SetBackendServers',
      409,
      'BackendServer.configuring',
    ],
    ['a call that is not allowed', 'DescribeHealthStatus', 403, 'Forbidden.RAM'],
  ])('does not repeat %s', async (_what, action, status, code) => {
    const clock = new TestClock();
    const rpc = failing(action, 1, () => refuse(action, status, code));
    const call = new RetryingRpc({ rpc, clock, random: always }).call(
      request(action),
      clock.in(10_000),
    );
    await expect(call).rejects.toMatchObject({ details: { code } });
    expect(rpc.calls).toHaveLength(1);
  });

  it('lets errors that are no cloud errors through', async () => {
    const clock = new TestClock();
    const rpc = new ScriptedRpc({
      DescribeHealthStatus: () => {
        throw new TypeError('broken');
      },
    });
    const call = new RetryingRpc({ rpc, clock, random: always }).call(
      request('DescribeHealthStatus'),
      clock.in(10_000),
    );
    await expect(call).rejects.toThrow(TypeError);
  });
});
