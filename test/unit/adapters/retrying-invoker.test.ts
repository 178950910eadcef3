import { describe, expect, it } from '@jest/globals';
import {
  PAYLOAD_BYTES_MAX,
  RetryingInvoker,
} from '../../../shared/adapters/function-compute/retrying-invoker';
import { CloudError, type CloudErrorDetails } from '../../../shared/domain/cloud-error';
import { TestClock } from '../../support/test-clock';

const failure = (more: Partial<CloudErrorDetails> = {}): CloudError =>
  new CloudError({
    ...{ action: 'InvokeFunction', code: 'ResourceThrottled', reaction: 'retry' },
    ...{ isAmbiguous: false, message: 'too many', status: 429, ...more },
  });

function scene(failures: readonly CloudError[]) {
  const clock = new TestClock();
  const left = [...failures];
  const counts = { enqueued: 0, called: 0 };
  const answer = (): Promise<void> => {
    const error = left.shift();
    return error === undefined ? Promise.resolve() : Promise.reject(error);
  };
  const invoker = new RetryingInvoker({
    clock,
    random: { next: () => 0.5 },
    invoker: {
      enqueue: () => ((counts.enqueued += 1), answer()),
      call: () => ((counts.called += 1), answer()),
    },
  });
  return { clock, counts, invoker };
}

describe('enqueueing a worker', () => {
  it('is tried again when the platform throttles, after a random share of a doubling wait', async () => {
    const { invoker, clock, counts } = scene([failure(), failure()]);
    await invoker.enqueue('worker', {}, clock.in(4_000));
    expect([counts.enqueued, clock.sleeps]).toEqual([3, [100, 200]]);
  });

  it('is tried again without an answer: two wake-ups for one are a look more', async () => {
    const { invoker, clock, counts } = scene([failure({ code: 'Timeout', isAmbiguous: true })]);
    await invoker.enqueue('worker', {}, clock.in(4_000));
    expect(counts.enqueued).toBe(2);
  });

  it('ends after four tries, and never outlives the deadline', async () => {
    const always = Array.from({ length: 9 }, () => failure());
    const four = scene(always);
    await expect(four.invoker.enqueue('worker', {}, four.clock.in(4_000))).rejects.toThrow(
      CloudError,
    );
    expect(four.counts.enqueued).toBe(4);
    const short = scene(always);
    const options = short.clock.in(250);
    await expect(short.invoker.enqueue('worker', {}, options)).rejects.toThrow(CloudError);
    expect(short.counts.enqueued).toBe(2);
    expect(short.clock.now()).toBeLessThan(options.deadline);
  });

  it('is not tried again when a person must act', async () => {
    const { invoker, clock, counts } = scene([failure({ reaction: 'stop', code: 'AccessDenied' })]);
    await expect(invoker.enqueue('worker', {}, clock.in(4_000))).rejects.toThrow('AccessDenied');
    expect(counts.enqueued).toBe(1);
  });

  it('says by itself that a payload is too large, and sends nothing', async () => {
    const { invoker, clock, counts } = scene([]);
    const payload = { pools: ['x'.repeat(PAYLOAD_BYTES_MAX)] };
    await expect(invoker.enqueue('worker', payload, clock.in(4_000))).rejects.toMatchObject({
      details: { code: 'PayloadTooLarge', reaction: 'stop' },
      message: expect.stringContaining('a queued call holds 131072'),
    });
    expect(counts.enqueued).toBe(0);
    const text = 'x'.repeat(PAYLOAD_BYTES_MAX - 2);
    await invoker.enqueue('worker', text, clock.in(4_000));
    expect(counts.enqueued).toBe(1);
  });
});

describe('calling a function for its reply', () => {
  it('is done once: it may have acted', async () => {
    const { invoker, clock, counts } = scene([failure()]);
    await expect(invoker.call('operator', {}, clock.in(4_000))).rejects.toThrow(CloudError);
    expect(counts.called).toBe(1);
  });
});
