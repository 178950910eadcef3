import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { parse, stringify } from 'yaml';
import { type Tick } from '../../shared/domain/tick';
import { ensureBuilt } from '../support/build';
import { until } from '../support/until';

const PROGRAM = join(__dirname, '../../dist/cli/evenkeel.js');

interface LocalUp {
  readonly openapi: string;
  readonly fc: string;
  readonly onAlarm: string;
  readonly policyFile: string;
  readonly accessKeySecret: string;
  readonly admin: string;
  readonly dns: unknown;
  readonly console: unknown;
  readonly regionId: string;
  readonly pool: { readonly instanceIds: readonly string[]; readonly serverGroupId: string };
}

describe('the command line against a running local region', () => {
  let folder = '';
  let region: ChildProcess;
  let up: LocalUp;
  const at = (name: string): string => join(folder, name);

  const evenkeel = (...args: readonly string[]) => {
    const cloud = [
      'plan',
      'reconcile',
      'status',
      'explain',
      'history',
      'drain',
      'undrain',
    ].includes(args[0] ?? '')
      ? ['--local', at('endpoints.json'), '--policy', at('evenkeel.yaml')]
      : [];
    const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args, ...cloud], {
      encoding: 'utf8',
      timeout: 60_000,
      cwd: folder,
    });
    return { status, stdout, stderr };
  };
  const answer = (...args: readonly string[]): unknown => {
    const { status, stdout, stderr } = evenkeel(...args, '--json');
    if (status !== 0)
      throw new Error(`${args.join(' ')} ended with ${String(status)}: ${stdout}${stderr}`);
    return JSON.parse(stdout) as unknown;
  };

  beforeAll(async () => {
    ensureBuilt();
    folder = mkdtempSync(join(tmpdir(), 'evenkeel-e2e-cli-'));
    const args = [
      'local',
      'up',
      '--json',
      '--times',
      'rehearsal',
      '--instances',
      '6',
      '--mode',
      'observe',
      '--endpoints-file',
      at('endpoints.json'),
      '--policy-file',
      at('functions.yaml'),
    ];
    region = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(createInterface({ input: region.stdout! }), 'line', {
      signal: AbortSignal.timeout(30_000),
    })) as [string];
    up = JSON.parse(line) as LocalUp;
    // The functions only look on; the commands act on their own, with a state of their own.
    const policy = parse(readFileSync(at('functions.yaml'), 'utf8')) as { pools: object[] };
    const acting = {
      ...policy,
      store: { kind: 'file', path: 'state' },
      archive: { path: 'archive' },
      pools: policy.pools.map((pool) => ({ ...pool, mode: 'enforce' })),
    };
    writeFileSync(at('evenkeel.yaml'), stringify(acting));
  }, 90_000);

  afterAll(async () => {
    if (region.exitCode === null) {
      region.kill('SIGKILL');
      await once(region, 'exit');
    }
    rmSync(folder, { recursive: true });
  });

  it('local up prints one line with the endpoints, and writes it for its owner alone', () => {
    expect(up).toMatchObject({
      regionId: 'cn-local',
      dns: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      console: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    });
    expect(up.pool.instanceIds).toHaveLength(6);
    expect(JSON.parse(readFileSync(at('endpoints.json'), 'utf8'))).toEqual(up);
    expect(statSync(at('endpoints.json')).mode & 0o777).toBe(0o600);
  });

  it('validates the policy that local up wrote', () => {
    expect(evenkeel('validate', at('functions.yaml')).status).toBe(0);
  });

  it('local up also runs the functions: where they are invoked and where alarms call', async () => {
    expect(up.fc).toMatch(/^127\.0\.0\.1:\d+$/);
    const unsigned = await fetch(
      `http://${up.fc}/2023-03-30/functions/evenkeel-on-timer/invocations`,
      {
        method: 'POST',
      },
    );
    expect(unsigned.status).toBe(403);
    const forged = await fetch(up.onAlarm.replace(/[^/]+$/, 'guess'), { method: 'POST' });
    expect(forged.status).toBe(401);
  });

  it('local fault is for who holds the access key secret, and tells what is wrong with an order', async () => {
    const instanceId = up.pool.instanceIds[0]!;
    const order = async (secret: string, body: string) => {
      const { status } = await fetch(`${up.admin}/faults`, {
        method: 'POST',
        headers: { authorization: `Bearer ${secret}` },
        body,
      });
      return status;
    };
    expect(await order('guess', JSON.stringify({ instanceId, fault: 'crash' }))).toBe(401);
    expect(await order(up.accessKeySecret, '{')).toBe(400);
    expect(await order(up.accessKeySecret, JSON.stringify({ instanceId, fault: 'flood' }))).toBe(
      400,
    );
    const local = ['--local', at('endpoints.json')];
    expect(evenkeel('local', 'fault', 'i-unknown', 'gray', ...local)).toMatchObject({
      status: 1,
      stderr: 'error: There is no instance i-unknown.\n',
    });
    expect(evenkeel('local', 'fault', instanceId, 'flood', ...local).status).toBe(2);
    expect(evenkeel('local', 'fault', instanceId, 'gray', '--local', 'absent.json').status).toBe(2);
  });

  it('plans a pool that is fine, with costs and detection, and changes nothing', () => {
    const { status, stdout } = evenkeel('plan', '--detailed-exit-code');
    expect({ status, stdout }).toMatchObject({ status: 0 });
    expect(stdout).toContain('6 of 6 backends healthy');
    expect(stdout).toContain('Plan: 0 to do, 0 withheld. Nothing was changed.');
    expect(stdout).toMatch(/always \(set\)\s+907200/);
    expect(stdout).toContain('Assumed: 30 days; something unsteady 1% of the time;');
    expect(stdout).toMatch(/false ejections a week/);
    expect(evenkeel('history').stdout).toBe('No ticks of web on record.\n');
  });

  it('drains a backend on a person’s order, explains it, replays it, and takes the order back', () => {
    const [instanceId] = up.pool.instanceIds;
    expect(evenkeel('drain', 'i-unknown', '--reason', 'x')).toMatchObject({
      status: 1,
      stdout: '',
    });
    expect(
      answer('drain', instanceId!, '--reason', 'kernel update', '--by', 'someone'),
    ).toMatchObject({ kind: 'drain-ordered', isTagged: true });
    expect(evenkeel('plan', '--detailed-exit-code').status).toBe(10);

    const { pools } = answer('reconcile') as {
      pools: { result: { kind: string; lastTickId: string } }[];
    };
    expect(pools[0]?.result.kind).toBe('worked');
    const tickId = pools[0]!.result.lastTickId;
    const explained = evenkeel('explain', tickId);
    expect(explained.stdout).toContain(`${instanceId!}: `);
    expect(explained.stdout).toContain('operator-drain');
    expect(explained.stdout).toContain('kernel update');
    expect(explained.stdout).toMatch(/set weight 100 → \d+ .*: done/);

    const reply = answer('explain', tickId) as { tick: Tick };
    writeFileSync(at('tick.json'), JSON.stringify(reply.tick));
    expect(evenkeel('replay', at('tick.json'))).toMatchObject({ status: 0, stderr: '' });

    expect(evenkeel('status').stdout).toContain('kernel update');
    expect(answer('undrain', instanceId!)).toMatchObject({ wasOrdered: true });
  }, 60_000);

  it('shows where a replay decides differently, and rewrites the tick when told to', () => {
    const tick = JSON.parse(readFileSync(at('tick.json'), 'utf8')) as Tick;
    writeFileSync(
      at('changed.json'),
      JSON.stringify({ ...tick, proposal: { ...tick.proposal, isPanic: true } }),
    );
    const { status, stdout } = evenkeel('replay', at('changed.json'));
    expect(status).toBe(1);
    expect(stdout).toContain('proposal.isPanic\n    - true\n    + false');
    expect(evenkeel('replay', '--update', at('changed.json')).status).toBe(0);
    expect(evenkeel('replay', at('changed.json')).status).toBe(0);
  });

  it('answers why nothing was done at a time before the first tick', () => {
    expect(evenkeel('explain', '--at', '2001-01-01T00:00:00Z')).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringContaining('no such tick'),
    });
  });

  it('ends clean on Ctrl-C and leaves no process behind', async () => {
    const started = descendantsOf(region.pid!);
    expect(started.length).toBeGreaterThan(6); // the instances, and at least one function
    const exited = once(region, 'exit', { signal: AbortSignal.timeout(20_000) });
    region.kill('SIGINT');
    expect(await exited).toEqual([0, null]);
    expect(started.filter(isRunning)).toEqual([]);
    expect(evenkeel('plan', '--timeout', '3s').status).toBe(3);
    expect(evenkeel('local', 'fault', 'i-1', 'gray', '--local', at('endpoints.json')).status).toBe(
      3,
    );
  }, 40_000);
});

describe('a region that Evenkeel heals', () => {
  let folder = '';
  let region: ChildProcess;
  const lines: string[] = [];
  const at = (name: string): string => join(folder, name);

  beforeAll(() => {
    ensureBuilt();
    folder = mkdtempSync(join(tmpdir(), 'evenkeel-e2e-heal-'));
    const args = ['local', 'up', '--times', 'rehearsal', '--endpoints-file', at('endpoints.json')];
    region = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    createInterface({ input: region.stdout! }).on('line', (line) => lines.push(line));
  }, 90_000);

  afterAll(async () => {
    if (region.exitCode === null && region.signalCode === null) {
      region.kill('SIGINT');
      await once(region, 'exit');
    }
    rmSync(folder, { recursive: true });
  });

  const said = (what: RegExp): boolean => lines.some((line) => what.test(line));

  it('tells where everything is, then what is done about a gray instance', async () => {
    await until(() => said(/^instances /), 60_000, 'local up was ready');
    for (const part of ['OpenAPI', 'functions', 'on-alarm', 'access key', 'policy', 'listener'])
      expect(said(new RegExp(`^${part} +\\S`))).toBe(true);
    const { pool } = JSON.parse(readFileSync(at('endpoints.json'), 'utf8')) as LocalUp;
    const victim = pool.instanceIds[2]!;
    const fault = (name: string) =>
      spawnSync(process.execPath, [
        PROGRAM,
        ...['local', 'fault', victim, name, '--local', at('endpoints.json')],
      ]).status;
    expect(fault('gray')).toBe(0);
    await until(
      () => said(new RegExp(`${victim}: weight 100 → \\d+ done`)),
      60_000,
      'it was lowered',
    );
    expect(fault('clear')).toBe(0);
  }, 150_000);

  it('takes every process along, the frozen ones too, when it is killed outright', async () => {
    const started = descendantsOf(region.pid!);
    expect(started.map(stateOf)).toContain('T');
    region.kill('SIGKILL');
    await once(region, 'exit');
    await until(() => !started.some(isRunning), 10_000, 'nothing was left');
    const { policyFile } = JSON.parse(readFileSync(at('endpoints.json'), 'utf8')) as LocalUp;
    rmSync(dirname(policyFile), { recursive: true });
  }, 40_000);
});

/** Processes below one, at any depth. */
function descendantsOf(root: number): readonly number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  const rows = stdout
    .trim()
    .split('\n')
    .map((row) => row.trim().split(/\s+/).map(Number));
  const below = (parent: number): readonly number[] =>
    rows.flatMap(([pid = 0, parentPid]) => (parentPid === parent ? [pid, ...below(pid)] : []));
  return below(root);
}

/** First letter of a process's state: `T` is frozen. */
const stateOf = (pid: number): string =>
  spawnSync('ps', ['-o', 'state=', '-p', String(pid)], { encoding: 'utf8' })
    .stdout.trim()
    .charAt(0);

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
