import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createColors } from 'picocolors';
import { buildProgram } from '../../infra/cli/program';
import { type RegionAdmin, startRegionAdmin } from '../../infra/local/admin/region-admin';
import { A_LAUNCH } from '../support/launches';
import { localEcs } from '../support/local-ecs';
import { refusalOf } from '../support/wire';

describe('evenkeel local set', () => {
  const secret = 'the-access-key-secret';
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-set-'));
  const file = join(folder, 'region.json');
  const ecs = localEcs();
  const { model } = ecs;
  let admin: RegionAdmin;

  beforeAll(async () => {
    admin = await startRegionAdmin({ ecs: model, secret });
    const endpoints = { openapi: '127.0.0.1:1', accessKeyId: 'id', regionId: 'cn-hangzhou' };
    writeFileSync(
      file,
      JSON.stringify({ ...endpoints, accessKeySecret: secret, admin: admin.url }),
    );
  });
  afterAll(async () => {
    await admin.stop();
    rmSync(folder, { recursive: true });
  });

  const run = async (...words: readonly string[]) => {
    const lines: string[] = [];
    let exit = -1;
    const out = (text: string): void => void lines.push(text);
    const terminal = { out, err: out, colours: createColors(false), isInteractive: false };
    const program = buildProgram({
      ...{ terminal, variables: {}, now: () => 0, onInterrupt: () => undefined },
      finish: (code) => (exit = code),
    });
    await program.parseAsync(['local', 'set', ...words, '--local', file], { from: 'user' });
    return { exit, text: lines.join('\n') };
  };
  const launch = async (more = {}): Promise<string> =>
    refusalOf(ecs.service, 'RunInstances', { ...A_LAUNCH, ...more });

  it('changes stock of what is named, until there is no end of it again', async () => {
    expect(await run('stock', '0', '--type', 'ecs.c7.large', '--zone', 'cn-hangzhou-a')).toEqual({
      exit: 0,
      text: 'stock is 0 now.',
    });
    expect(await launch()).toBe('403 OperationDenied.NoStock');
    expect(await launch({ InstanceType: 'ecs.g7.large' })).toBe('accepted');
    await run('stock', 'endless');
    expect(await launch()).toBe('accepted');
    await run('stock', '0', '--spot');
    expect(await launch()).toBe('accepted');
    expect(await launch({ SpotStrategy: 'SpotAsPriceGo' })).toBe('403 OperationDenied.NoStock');
  });

  it('changes quota, balance, boot time, spot price and visibility', async () => {
    for (const words of [
      ['vcpus', '7'],
      ['vcpus', '3', '--spot'],
      ['balance', '42'],
      ['boot-time', '60s'],
      ['spot-price', '0.35', '--type', 'ecs.g7.large'],
      ['invisible-for', '2s'],
    ])
      expect((await run(...words)).exit).toBe(0);
    expect(model.supply.account).toMatchObject({
      balance: 42,
      vcpuQuota: { onDemand: 7, spot: 3 },
    });
    expect(model.boots.times?.running).toEqual({ minMs: 27_000, maxMs: 27_000 });
    expect(model.visibilityDelayMs).toBe(2_000);
    const { type } = model.demand(await model.createInstance({ instanceType: 'ecs.g7.large' }));
    expect(model.supply.spotMarket.priceOf('cn-hangzhou-a', type)).toBe(350);
    await run('boot-time', 'usual');
    expect(model.boots.times).toBeUndefined();
  });

  it.each([
    ['stock', 'many'],
    ['boot-time', '60'],
    ['spot-price', '0.1234'],
  ])('tells what is wrong with %s %s', async (name, value) => {
    expect(await run(name, value)).toMatchObject({
      exit: 2,
      text: expect.stringContaining(`${value} is no value of ${name}`),
    });
  });
});
