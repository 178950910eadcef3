import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parse, stringify } from 'yaml';
import { scaleSection } from '../../infra/rehearsal/scale-section';
import { type OperatorReply, type PoolInventory } from '../../shared/operate/operator-reply';
import { ensureBuilt } from '../support/build';

const PROGRAM = join(__dirname, '../../dist/cli/evenkeel.js');

interface LocalUp {
  readonly pool: { readonly instanceIds: readonly string[]; readonly serverGroupId: string };
}

interface PolicyFile {
  readonly pools: readonly Readonly<Record<string, unknown>>[];
}

describe('a person and the capacity of a pool, by the command line against a running local region', () => {
  let folder = '';
  let region: ChildProcess;
  let up: LocalUp;
  const at = (name: string): string => join(folder, name);

  const run = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
      encoding: 'utf8',
      timeout: 60_000,
      cwd: folder,
    });
    return { status, stdout, stderr };
  };
  const evenkeel = (...args: readonly string[]) =>
    run(...args, '--local', at('endpoints.json'), '--policy', at('evenkeel.yaml'));
  const answer = (...args: readonly string[]): unknown => {
    const { status, stdout, stderr } = evenkeel(...args, '--json');
    if (status !== 0)
      throw new Error(`${args.join(' ')} ended with ${String(status)}: ${stdout}${stderr}`);
    return JSON.parse(stdout) as unknown;
  };
  const inventory = (): PoolInventory => {
    const { pools } = answer('inventory', '--pool', 'web') as { pools: readonly PoolInventory[] };
    expect(pools).toHaveLength(1);
    return pools[0]!;
  };

  beforeAll(async () => {
    ensureBuilt();
    folder = mkdtempSync(join(tmpdir(), 'evenkeel-e2e-cli-scale-'));
    const args = ['local', 'up', '--json', '--times', 'rehearsal', '--instances', '3'];
    const files = [
      ...['--endpoints-file', at('endpoints.json')],
      ...['--policy-file', at('functions.yaml')],
    ];
    region = spawn(process.execPath, [PROGRAM, ...args, '--mode', 'observe', ...files], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: region.stdout! }), 'line', {
      signal: AbortSignal.timeout(30_000),
    })) as [string];
    up = JSON.parse(line) as LocalUp;
    // The functions only look on; the commands act on their own, with a state of their own. A second pool is not scaled.
    const policy = parse(readFileSync(at('functions.yaml'), 'utf8')) as PolicyFile;
    const [pool] = policy.pools;
    const web = {
      ...pool,
      name: 'web',
      mode: 'enforce',
      scale: scaleSection({
        min: 2,
        max: 5,
        more: { metrics: [{ signal: 'cpu', target: '60%' }] },
      }),
    };
    const api = { ...pool, name: 'api', targets: [{ loadBalancer: 'lb-elsewhere' }] };
    const acting = {
      ...policy,
      store: { kind: 'file', path: 'state' },
      archive: { path: 'archive' },
      pools: [web, api],
    };
    writeFileSync(at('evenkeel.yaml'), stringify(acting));
  }, 90_000);

  afterAll(async () => {
    if (region.exitCode === null) {
      region.kill('SIGINT');
      await once(region, 'exit');
    }
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['scale', ['[count]', '--at-least', '--reason', '--for', '--release', '--pool', '--json']],
    ['protect', ['<instance>', '--pool', '--by', '--json']],
    ['unprotect', ['<instance>', '--pool', '--by', '--json']],
    ['inventory', ['--pool', '--json']],
  ])('%s --help names what it takes', (command, parts) => {
    const { status, stdout, stderr } = run(command, '--help');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const part of parts) expect(stdout).toContain(part);
  });

  it('scale orders a number of instances for a while, and the inventory says who ordered it', () => {
    const ordered = answer(
      ...['scale', '4', '--pool', 'web', '--reason', 'launch day', '--by', 'someone'],
      ...['--for', '2h'],
    ) as Extract<OperatorReply, { kind: 'capacity-ordered' }>;
    expect(ordered).toMatchObject({
      kind: 'capacity-ordered',
      poolName: 'web',
      order: { kind: 'exactly', count: 4, by: 'someone', reason: 'launch day' },
    });
    expect(ordered.order!.until - ordered.order!.at).toBeGreaterThan(7_190_000);
    expect(inventory().order).toMatchObject({ count: 4, by: 'someone' });
    expect(evenkeel('inventory', '--pool', 'web').stdout).toMatch(
      /^ {2}ordered by someone: 4 until .* \(launch day\)$/mu,
    );
  });

  it('scale --at-least is a floor, and --release takes every order back', () => {
    const floor = evenkeel('scale', '3', '--at-least', '--pool', 'web', '--reason', 'x');
    expect(floor).toMatchObject({ status: 0, stderr: '' });
    expect(floor.stdout).toContain('web is to have at least 3 instances until ');
    expect(inventory().order).toMatchObject({ kind: 'at-least', count: 3 });
    const released = evenkeel('scale', '--release', '--pool', 'web');
    expect(released.status).toBe(0);
    expect(released.stdout).toContain('Nobody orders capacity for web any more');
    expect(inventory().order).toBeNull();
    expect(evenkeel('scale', '--release', '--pool', 'web').status).toBe(0);
  });

  it.each<[string, readonly string[], number, RegExp]>([
    [
      'a pool that is not there',
      ['scale', '4', '--pool', 'wbe', '--reason', 'x'],
      1,
      /no pool wbe/u,
    ],
    ['no pool where there are two', ['scale', '4', '--reason', 'x'], 2, /--pool/u],
    ['a pool that is not scaled', ['scale', '4', '--pool', 'api', '--reason', 'x'], 1, /scale/u],
    ['more than the maximum', ['scale', '6', '--pool', 'web', '--reason', 'x'], 1, /2 and 5/u],
    ['fewer than the minimum', ['scale', '1', '--pool', 'web', '--reason', 'x'], 1, /2 and 5/u],
    ['no reason', ['scale', '4', '--pool', 'web'], 2, /--reason/u],
    ['a reason of nothing', ['scale', '4', '--pool', 'web', '--reason', ' '], 2, /--reason/u],
    ['no number', ['scale', '--pool', 'web', '--reason', 'x'], 2, /how many/u],
    [
      'a number that is none',
      ['scale', 'four', '--pool', 'web', '--reason', 'x'],
      2,
      /whole number/u,
    ],
    ['half a number', ['scale', '2.5', '--pool', 'web', '--reason', 'x'], 2, /whole number/u],
    ['a number and a release', ['scale', '4', '--release', '--pool', 'web'], 2, /not both/u],
    ['protecting nobody', ['protect', '--pool', 'web'], 2, /instance/u],
    [
      'an instance that ECS does not know',
      ['protect', 'i-unknown', '--pool', 'web'],
      1,
      /i-unknown/u,
    ],
    ['an unknown one to unprotect', ['unprotect', 'i-unknown', '--pool', 'web'], 1, /i-unknown/u],
    ['an inventory of no pool', ['inventory', '--pool', 'wbe'], 1, /no pool wbe/u],
  ])('refuses %s, with the reason', (_, args, expected, reason) => {
    const { status, stdout, stderr } = evenkeel(...args);
    expect({ status, stdout }).toEqual({ status: expected, stdout: '' });
    expect(stderr).toMatch(reason);
  });

  it('has changed nothing by what it refused', () => {
    expect(inventory().order).toBeNull();
  });

  it('says what is wrong as JSON too', () => {
    const { status, stdout } = evenkeel('scale', '9', '--pool', 'web', '--reason', 'x', '--json');
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ error: expect.anything() });
  });

  it('protects an instance, shows it, obeys it, and lets go of it again', () => {
    const [instanceId] = up.pool.instanceIds;
    const protect = (verb: string) => answer(verb, instanceId!, '--pool', 'web', '--by', 'someone');
    const shown = () => inventory().instances.find((each) => each.instanceId === instanceId);
    expect(protect('protect')).toMatchObject({ isProtected: true, wasProtected: false });
    expect(protect('protect')).toMatchObject({ isProtected: true, wasProtected: true });
    expect(shown()).toMatchObject({ isProtected: true });
    expect(evenkeel('inventory', '--pool', 'web').stdout).toMatch(
      new RegExp(`${instanceId!} .*protected`, 'u'),
    );
    expect(protect('unprotect')).toMatchObject({ isProtected: false, wasProtected: true });
    expect(shown()).toMatchObject({ isProtected: false });
    const already = evenkeel('unprotect', instanceId!, '--pool', 'web');
    expect(already).toMatchObject({ status: 0 });
    expect(already.stdout).toContain(`${instanceId!} is already not protected.`);
  });

  it('inventory shows every instance with its stage and weights', () => {
    const { poolName, contradictions, launches, instances, foreignMembers } = inventory();
    expect({ poolName, contradictions, launches, foreignMembers }).toEqual({
      poolName: 'web',
      contradictions: [],
      launches: [],
      foreignMembers: [],
    });
    expect(instances.map(({ instanceId }) => instanceId).sort()).toEqual(
      [...up.pool.instanceIds].sort(),
    );
    for (const { stage, status, weights } of instances)
      expect({ stage, status, weights: weights.map(({ weight }) => weight) }).toEqual({
        stage: 'serving',
        status: 'Running',
        weights: [100],
      });
    const { status, stdout } = evenkeel('inventory', '--pool', 'web');
    expect(status).toBe(0);
    for (const word of ['instance', 'stage', 'owner', 'weights', ...up.pool.instanceIds])
      expect(stdout).toContain(word);
  });

  it('ends with 3 where the cloud cannot be reached', async () => {
    region.kill('SIGINT');
    await once(region, 'exit', { signal: AbortSignal.timeout(20_000) });
    for (const args of [['inventory'], ['protect', up.pool.instanceIds[0]!]])
      expect(evenkeel(...args, '--pool', 'web', '--timeout', '3s')).toMatchObject({
        status: 3,
        stdout: '',
      });
  }, 60_000);
});
