import { describe, expect, it } from '@jest/globals';
import { CloudError } from '../../shared/domain/cloud-error';
import { aNamePolicy } from '../support/name-builders';
import { watchNamePorts } from '../support/name-crashes';
import { createLiveName, type LiveName, type RecordSeed } from '../support/name-world';

const WEIGHTED = { weighting: true };
const HOLD = aNamePolicy().holdDownMs / 1000;
const at = (site: string, weight?: number): RecordSeed => ({
  site,
  ...(weight !== undefined && { weight }),
});
const written = (name: LiveName): readonly string[] =>
  name.changes.filter((one) => !one.includes('note'));

/** `a` dies, is out for a minute, and is up again for all of the hold and all stages. */
async function outAndBack(name: LiveName): Promise<readonly string[]> {
  const before = written(name).length;
  name.kill('a');
  await name.watch(HOLD + 60);
  name.kill();
  await name.watch(1500);
  return written(name).slice(before);
}

describe('a line on which we switch weighting on', () => {
  const opened = async (more = {}): Promise<LiveName> => {
    const name = createLiveName({ policy: { ...WEIGHTED, ...more } });
    await name.watch(150);
    return name;
  };

  it('gets its base weight by doubling: nobody ever weighs more than twice another', async () => {
    const name = createLiveName({ policy: WEIGHTED });
    await name.watch(150);
    const weights: Record<string, number> = { a: 1, b: 1 };
    let worst = 1;
    for (const change of written(name)) {
      const [, weight, site] = /^weight (\d+) (\w) default$/u.exec(change) ?? [];
      if (weight === undefined || site === undefined) continue;
      weights[site] = Number(weight);
      worst = Math.max(
        worst,
        Math.max(...Object.values(weights)) / Math.min(...Object.values(weights)),
      );
    }
    expect(worst).toBe(2);
    expect(name.shown()).toEqual(['a default 100', 'b default 100']);
    expect(written(name)).toHaveLength(15);
    expect((await name.memory()).weightedLines).toEqual(['default']);
  });

  it('has the base weight of its policy', async () => {
    const name = await opened({ baseWeight: 30 });
    expect(name.shown()).toEqual(['a default 30', 'b default 30']);
  });

  it('has a site leave at weight 1, and come back in stages', async () => {
    const name = await opened();
    expect(await outAndBack(name)).toEqual([
      'weight 1 a default',
      'pause a default',
      'enable a default',
      'weight 10 a default',
      'weight 50 a default',
      'weight 100 a default',
    ]);
  });

  it('goes on where a worker ended in the middle of it', async () => {
    const name = createLiveName({ policy: WEIGHTED });
    await name.watch(45);
    let writes = 0;
    const mortal = watchNamePorts(name.ports, async (call, proceed) => {
      if (call.name === 'dns.setWeight' && (writes += 1) > 1) throw new Error('the process ended');
      return proceed();
    });
    await expect(name.work({ ports: mortal })).rejects.toThrow('the process ended');
    await name.watch(240);
    expect(name.shown()).toEqual(['a default 100', 'b default 100']);
  });

  it('keeps what a person weighs, before and in between', async () => {
    const name = createLiveName({ policy: WEIGHTED });
    await name.watch(45);
    name.person((model) => model.setWeight(name.recordId('a'), 30));
    const before = written(name).length;
    await name.watch(150);
    expect(written(name)).toHaveLength(before);
    expect(name.shown()[0]).toBe('a default 30');
  });

  it('takes in a record that is added later', async () => {
    const name = await opened();
    name.person((model) => model.deleteRecord(name.recordId('b')));
    name.person((model) =>
      model.addRecord('example.com', { rr: 'www', type: 'A', value: '10.0.0.2', ttlSeconds: 60 }),
    );
    await name.watch(150);
    expect(name.shown()).toEqual(['a default 100', 'b default 100']);
  });

  it('is not weighed while a record of nobody in the policy answers on it', async () => {
    const name = createLiveName({ policy: WEIGHTED, records: [at('a'), at('b'), at('z')] });
    await name.watch(150);
    expect(written(name)).toEqual(['SetDNSSLBStatus default']);
  });
});

describe('a line that a person had drawn by weight, all of them 1', () => {
  it('has a site leave and come back as a whole, and the plan says so', async () => {
    const name = createLiveName({ policy: WEIGHTED, records: [at('a', 1), at('b', 1)] });
    await name.watch(60);
    expect(name.ticks.at(-1)?.proposal.verdicts[0]?.detail).toMatch(
      /all records of line default weigh 1: it leaves and comes back as a whole/,
    );
    expect(await outAndBack(name)).toEqual(['pause a default', 'enable a default']);
    expect(name.shown()).toEqual(['a default 1', 'b default 1']);
  });

  it('does not hold up a site that still serves, as if it could leave in part', async () => {
    const name = createLiveName({ policy: WEIGHTED, records: [at('a', 1), at('b', 1)] });
    await name.watch(60);
    name.vantages.answers = { a: 'down' };
    for (let look = 0; look < 30; look += 1) {
      const fresh = (value: number) => ({
        kind: 'ok' as const,
        value,
        sampledAt: name.clock.now(),
      });
      name.pools.capacities.set('pool-a', { traffic: fresh(300_000), load: fresh(4000) });
      name.pools.capacities.set('pool-b', { serving: 5, load: fresh(4000), canLaunch: false });
      await name.watch(15);
    }
    expect(name.shown()[0]).toMatch(/^a default off/);
  });
});

describe('a pause before which weight 1 could not be written', () => {
  const refused = (): CloudError =>
    new CloudError({
      ...{ action: 'UpdateDNSSLBWeight', code: 'Throttling', reaction: 'stop' },
      ...{ isAmbiguous: false, message: 'too many requests' },
    });
  const outAtFullWeight = async (failures: number): Promise<LiveName> => {
    const name = createLiveName({ policy: WEIGHTED, records: [at('a', 100), at('b', 100)] });
    await name.watch(60);
    let left = failures;
    const ports = watchNamePorts(name.ports, async (call, proceed) => {
      if (call.name === 'dns.setWeight' && (left -= 1) >= 0) throw refused();
      return proceed();
    });
    const watch = async (seconds: number): Promise<void> => {
      for (let second = 0; second < seconds; second += 15) {
        await name.work({ ports });
        await name.pass(15_000);
      }
    };
    name.kill('a');
    await watch(HOLD + 30);
    expect(written(name)).toEqual(['pause a default']);
    name.kill();
    await watch(1500);
    return name;
  };

  it('gets it right after it is enabled, so that the stages hold', async () => {
    expect(written(await outAtFullWeight(1)).slice(1)).toEqual([
      'enable a default',
      'weight 1 a default',
      'weight 10 a default',
      'weight 50 a default',
      'weight 100 a default',
    ]);
  });

  it('and not there either, comes to its first stage in the next look', async () => {
    expect(written(await outAtFullWeight(2)).slice(1)).toEqual([
      'enable a default',
      'weight 10 a default',
      'weight 50 a default',
      'weight 100 a default',
    ]);
  });
});
