import { describe, expect, it } from '@jest/globals';
import { type OpenFleet } from '../../../infra/cli/open-fleet';
import { openNamePorts } from '../../../infra/cli/open-name-ports';
import { MemoryStateStore } from '../../../shared/adapters/memory/memory-state-store';
import { SystemClock } from '../../../shared/adapters/system/system-clock';
import { readEnvironment } from '../../../shared/config/environment';
import { loadPolicy } from '../../../shared/config/load-policy';
import { plus } from '../../../shared/domain/units';
import { type StateStore } from '../../../shared/ports/state-store';
import { policyText } from '../../support/policy-texts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A policy whose local region is an address where nobody listens. */
function aFleet(): OpenFleet {
  const read = readEnvironment({ ALIBABA_CLOUD_ACCOUNT_ID: '1234567890123456' });
  const loaded = loadPolicy(policyText(), 'evenkeel.yaml');
  if (read.kind !== 'ok' || loaded.kind !== 'ok') throw new Error('the policy is wrong');
  const region = {
    ...{ regionId: 'cn-hangzhou', openapi: '127.0.0.1:1', fc: null, accountId: '' },
    ...{ accessKeyId: 'id', accessKeySecret: 'secret' },
  };
  return {
    ...{ file: 'evenkeel.yaml', policy: loaded.policy, hash: loaded.hash, warnings: [] },
    environment: read.environment,
    local: { file: 'regions.json', regions: [region] },
  };
}

describe('the command line’s look at a name', () => {
  it('counts its calls with those of the functions: one account has one quota', async () => {
    const clock = new SystemClock();
    const taken: string[] = [];
    const store = new Proxy(new MemoryStateStore(clock), {
      get: (target, name) => {
        const method = Reflect.get(target, name) as (...words: unknown[]) => unknown;
        return (...words: unknown[]) => {
          if (name === 'takeTokens') taken.push(String(words[0]));
          return method.apply(target, words);
        };
      },
    }) as StateStore;
    const { dns } = openNamePorts(aFleet(), { store, clock, log });
    const look = dns.describeRecords(
      { domain: 'example.com', host: 'www', type: 'A' },
      { deadline: plus(clock.now(), 500) },
    );
    await expect(look).rejects.toThrow();
    expect(taken[0]).toMatch(/^calls\/1234567890123456\/all-regions\/Alidns\/Describe/);
  });
});
