import { beforeEach, describe, expect, it } from '@jest/globals';
import { ManualClock } from '../../../infra/local/clock';
import {
  CachingResolver,
  type ResolverBehaviour,
} from '../../../infra/local/traffic/caching-resolver';
import { type LookupResult } from '../../../infra/local/traffic/dns-lookup';
import {
  isOfShare,
  lookupFunction,
  resolverCrowd,
} from '../../../infra/local/traffic/resolver-crowd';

const NAME = 'www.example.com';
let clock: ManualClock;
let asked: number;
let answer: LookupResult | Error;

beforeEach(() => {
  clock = new ManualClock();
  asked = 0;
  answer = { addresses: ['10.0.0.1'], ttlSeconds: 60 };
});

const lookup = async (): Promise<LookupResult> => {
  asked++;
  await Promise.resolve();
  if (answer instanceof Error) throw answer;
  return answer;
};
const resolver = (behaviour: ResolverBehaviour = {}): CachingResolver =>
  new CachingResolver({ lookup, clock, behaviour });
const moveTo = (...addresses: string[]): void => void (answer = { addresses, ttlSeconds: 60 });

describe('a caching resolver', () => {
  it('keeps an answer until its TTL has passed and asks again then', async () => {
    const one = resolver();
    expect(await one.resolve(NAME)).toEqual(['10.0.0.1']);
    moveTo('10.0.0.2');
    await clock.advance(59_999);
    expect(await one.resolve(NAME)).toEqual(['10.0.0.1']);
    expect(asked).toBe(1);
    await clock.advance(1);
    expect(await one.resolve(NAME)).toEqual(['10.0.0.2']);
    expect(asked).toBe(2);
  });

  it('keeps that there is no address for as long as it was told', async () => {
    answer = { addresses: [], ttlSeconds: 30 };
    const one = resolver({ ttlMinSeconds: 300 });
    expect(await one.resolve(NAME)).toEqual([]);
    moveTo('10.0.0.1');
    await clock.advance(29_999);
    expect(await one.resolve(NAME)).toEqual([]);
    await clock.advance(1);
    expect(await one.resolve(NAME)).toEqual(['10.0.0.1']);
  });

  it.each<[ResolverBehaviour, number]>([
    [{ ttlFactor: 2500 }, 150],
    [{ ttlMinSeconds: 90 }, 90],
    [{ ttlMinSeconds: 30 }, 60],
    [{ ttlMinSeconds: 90, ttlFactor: 2000 }, 180],
  ])('with %j keeps a TTL of 60 s for %d s', async (behaviour, seconds) => {
    const one = resolver(behaviour);
    await one.resolve(NAME);
    moveTo('10.0.0.2');
    await clock.advance(seconds * 1000 - 1);
    expect(await one.resolve(NAME)).toEqual(['10.0.0.1']);
    await clock.advance(1);
    expect(await one.resolve(NAME)).toEqual(['10.0.0.2']);
  });

  it('asks once for all who ask at once', async () => {
    const one = resolver();
    const answers = await Promise.all([one.resolve(NAME), one.resolve(NAME), one.resolve(NAME)]);
    expect(answers).toEqual([['10.0.0.1'], ['10.0.0.1'], ['10.0.0.1']]);
    expect(asked).toBe(1);
  });

  it('rejects while no server answers, asking once a second', async () => {
    answer = new Error('nobody there');
    const one = resolver();
    await expect(one.resolve(NAME)).rejects.toThrow('nobody there');
    await clock.advance(999);
    await expect(one.resolve(NAME)).rejects.toThrow('nobody there');
    expect(asked).toBe(1);
    moveTo('10.0.0.1');
    await clock.advance(1);
    expect(await one.resolve(NAME)).toEqual(['10.0.0.1']);
  });

  it('gives an old answer for as long as it may while no server answers', async () => {
    const one = resolver({ serveStaleSeconds: 100 });
    await one.resolve(NAME);
    answer = new Error('nobody there');
    await clock.advance(60_000 + 98_000);
    expect(await one.resolve(NAME)).toEqual(['10.0.0.1']);
    await clock.advance(2000);
    await expect(one.resolve(NAME)).rejects.toThrow('nobody there');
  });
});

describe('a crowd of resolvers', () => {
  it.each([
    [1000, 87, 87],
    [40, 250, 10],
    [10, 0, 0],
    [10, 1000, 10],
  ])('of %d has a share of %d permille: %d', (count, share, stretched) => {
    const chosen = Array.from({ length: count }, (_, index) => isOfShare(index, share));
    expect(chosen.filter(Boolean)).toHaveLength(stretched);
  });

  it('moves when the TTL has passed, apart from those who stretch it', async () => {
    const options = { servers: [], count: 8, stretchedShare: 250, stretchFactor: 3000 };
    const crowd = resolverCrowd(options, clock, lookup);
    const all = async () => (await Promise.all(crowd.map((one) => one.resolve(NAME)))).flat();
    await all();
    moveTo('10.0.0.2');
    await clock.advance(60_000);
    expect((await all()).filter((address) => address === '10.0.0.1')).toHaveLength(2);
    await clock.advance(120_000);
    expect(new Set(await all())).toEqual(new Set(['10.0.0.2']));
  });

  it('gives sockets the addresses in turn, and an error where there is none', async () => {
    moveTo('10.0.0.1', '10.0.0.2');
    const find = lookupFunction(resolver());
    const next = () =>
      new Promise((resolve) => find(NAME, {}, (error, address) => resolve(error?.code ?? address)));
    expect([await next(), await next(), await next()]).toEqual([
      '10.0.0.1',
      '10.0.0.2',
      '10.0.0.1',
    ]);
    await clock.advance(60_000);
    moveTo();
    expect(await next()).toBe('ENOTFOUND');
  });
});
