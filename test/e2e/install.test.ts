import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSide, type Side } from '../../infra/rehearsal/start-side';
import { POOL_TAG } from '../../shared/domain/ownership-tags';
import { ensureBuilt } from '../support/build';
import { until } from '../support/until';

const PROGRAM = join(__dirname, '../../dist/cli/evenkeel.js');
const PATIENCE_MS = 60_000;

interface Item {
  readonly change: string;
  readonly name: string;
}
interface Report {
  readonly isDone: boolean;
  readonly items: readonly Item[];
}
interface Examination {
  readonly findings: readonly {
    readonly check: string;
    readonly subject: string;
    readonly status: string;
    readonly sentence: string;
  }[];
}

describe('install, doctor and uninstall against a local region', () => {
  let folder = '';
  let side: Side;
  let printed = '';

  /** The region lives in this process: it must go on while the program runs. */
  const evenkeel = async (
    ...args: readonly string[]
  ): Promise<{ readonly status: number | null; readonly stdout: string }> => {
    const cloud = ['--local', join(folder, 'endpoints.json'), '--policy', side.policyFile];
    const child = spawn(process.execPath, [PROGRAM, ...args, ...cloud, '--json'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, EVENKEEL_ALARM_SECRET: side.alarmSecret! },
    });
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
    printed += stdout;
    return { status, stdout };
  };
  const install = async (...more: readonly string[]): Promise<Report> => {
    const { status, stdout } = await evenkeel('install', '--callback', side.triggerUrl!, ...more);
    expect([status, stdout]).toEqual([0, stdout]);
    return JSON.parse(stdout) as Report;
  };
  const examine = async (): Promise<Examination> => {
    const args = ['doctor', '--callback', side.triggerUrl!, '--alarm-wait', '40s'];
    const { status, stdout } = await evenkeel(...args);
    expect([status, stdout]).toEqual([0, stdout]);
    return JSON.parse(stdout) as Examination;
  };
  const rules = () => side.region.cms.alarms.rules().map(({ ruleId }) => ruleId);

  beforeAll(async () => {
    ensureBuilt();
    folder = mkdtempSync(join(tmpdir(), 'evenkeel-e2e-install-'));
    side = await startSide({
      ...{ name: 'install', network: 96, wakes: 'alarm', timeoutMsMin: 30_000 },
      pool: { instanceTypes: ['ecs.c7.large', 'ecs.c7.large', 'ecs.c7.large'] },
      policy: { mode: 'enforce', heal: { probe: { path: '/' } } },
    });
    const { region, host } = side;
    // Permissions to stop and delete are tried on an instance with the pool's tag.
    region.ecs.demand(side.pool.instanceIds[0]!).tags.set(POOL_TAG, 'web');
    // Nothing wakes the loop but what `install` sets up.
    for (const { ruleId } of region.cms.alarms.rules()) region.cms.alarms.delete(ruleId);
    const { regionId, accountId, accessKeyId, accessKeySecret, endpoints } = region;
    const line = { regionId, accountId, accessKeyId, accessKeySecret, openapi: endpoints.openapi };
    const fc = new URL(host!.url).host;
    writeFileSync(join(folder, 'endpoints.json'), JSON.stringify({ ...line, fc }));
  }, 120_000);
  afterAll(async () => {
    await side.stop();
    rmSync(folder, { recursive: true });
  }, 60_000);

  it(
    'plans without doing, sets up once, and the second time there is no change',
    async () => {
      expect((await install('--plan')).isDone).toBe(false);
      expect(rules()).toEqual([]);
      const first = await install('--yes');
      expect(first.items.map(({ change }) => change)).toEqual(Array(6).fill('create'));
      expect(rules()).toContain(`evenkeel_main_${side.pool.loadBalancerId}_unhealthy`);
      const second = await install('--yes');
      expect(second).toMatchObject({ isDone: false });
      expect(second.items.map(({ change }) => change)).toEqual(Array(6).fill('keep'));
    },
    PATIENCE_MS,
  );

  it(
    'doctor finds everything well, fires a test alarm whose tick comes, and leaves nothing behind; twice',
    async () => {
      const before = rules();
      for (let round = 0; round < 2; round += 1) {
        const { findings } = await examine();
        // Nothing is left untried: a check that is skipped would pass for ever.
        expect(findings.filter(({ status }) => status !== 'ok')).toEqual([]);
        expect(findings.find(({ subject }) => subject === 'test alarm')).toMatchObject({
          status: 'ok',
          sentence: expect.stringMatching(/became tick \S+ after \d+ s/),
        });
        for (const check of [
          'endpoints',
          'clock',
          'credentials',
          'permissions',
          'quota',
          'pools',
          'functions',
        ])
          expect(findings.map((one) => one.check)).toContain(check);
        expect(rules()).toEqual(before);
      }
      expect((await install('--yes')).isDone).toBe(false);
    },
    2 * PATIENCE_MS,
  );

  it(
    'an installed alarm goes off and wakes the loop',
    async () => {
      await side.region.ecs.injectFaults(side.pool.instanceIds[0]!, { isCrashed: true });
      const woken = async () =>
        (await side.ticks()).some(
          ({ request: { wake } }) =>
            wake.source === 'alarm' && /evenkeel_main_.*_unhealthy/.test(wake.detail),
        );
      await until(woken, PATIENCE_MS, 'a tick that the alarm woke');
    },
    PATIENCE_MS,
  );

  it(
    'uninstall takes away what install made, and shows nobody’s secret',
    async () => {
      const { status } = await evenkeel('uninstall', '--yes');
      expect(status).toBe(0);
      expect(rules()).toEqual([]);
      expect(side.region.cms.events.rules()).toEqual([]);
      // Nothing was proposed in mode observe; the function's own archive says so.
      const { stdout } = await evenkeel('agreement', '--remote', '--from', '1h');
      expect(JSON.parse(stdout)).toMatchObject({ pools: [{ poolName: 'web', rows: [] }] });
      expect(printed).not.toContain(side.alarmSecret);
      expect(printed).not.toContain(side.region.accessKeySecret);
    },
    PATIENCE_MS,
  );
});
