import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { ensureBuilt } from '../support/build';
import { describeScaling } from '../support/describe-scaling';
import { dig } from '../support/dig';

const PROGRAM = join(__dirname, '../../dist/cli/evenkeel.js');
const REGIONS = 4;

interface Line {
  readonly regionId: string;
  readonly dns: string;
  readonly site: string | null;
}

describeScaling('local sites', () => {
  let folder = '';
  let sites: ChildProcess;
  const lines: Line[] = [];
  const file = (): string => join(folder, 'regions.json');

  const evenkeel = async (...args: readonly string[]) =>
    promisify(execFile)(process.execPath, [PROGRAM, ...args, '--local', file()]).then(
      ({ stdout }) => ({ code: 0, text: stdout }),
      (error: unknown) => {
        const { code, stderr } = error as { readonly code: number; readonly stderr: string };
        return { code, text: stderr };
      },
    );
  const isServed = async (site: string): Promise<boolean> =>
    fetch(site, { headers: { connection: 'close' } }).then(
      ({ ok }) => ok,
      () => false,
    );

  beforeAll(async () => {
    ensureBuilt();
    folder = mkdtempSync(join(tmpdir(), 'evenkeel-e2e-sites-'));
    const args = ['local', 'sites', '--json', '--mode', 'observe', '--endpoints-file', file()];
    sites = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const line of createInterface({ input: sites.stdout! })) {
      lines.push(JSON.parse(line) as Line);
      if (lines.length === REGIONS) break;
    }
  }, 90_000);
  afterAll(async () => {
    if (sites.exitCode === null) {
      sites.kill('SIGKILL');
      await once(sites, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
  });

  it('serve a name on two addresses, and print a line for each region', async () => {
    expect(lines.map(({ regionId }) => regionId)).toEqual([
      ...['cn-site-a', 'cn-site-b', 'cn-home', 'cn-vantage'],
    ]);
    const serving = lines.flatMap(({ site }) => site ?? []);
    expect(await Promise.all(serving.map(isServed))).toEqual([true, true]);
    const { answers } = await dig(lines[0]!.dns, 'www.example.com');
    const addresses = serving.map((site) => new URL(site).hostname);
    expect(addresses).toContain(answers[0]?.split(' ').at(-1));
    const written = readFileSync(file(), 'utf8').trim().split('\n');
    expect(written.map((line) => JSON.parse(line) as Line)).toEqual(lines);
  });

  it('lose a region and bring it back, and know no other', async () => {
    const [a, b] = lines.flatMap(({ site }) => site ?? []);
    expect(await evenkeel('local', 'region', 'cn-site-a', 'lost')).toMatchObject({ code: 0 });
    expect([await isServed(a!), await isServed(b!)]).toEqual([false, true]);
    expect(await evenkeel('local', 'region', 'cn-site-a', 'back')).toMatchObject({ code: 0 });
    const unknown = await evenkeel('local', 'region', 'cn-nowhere', 'lost');
    expect(unknown).toMatchObject({ code: 2 });
    expect(unknown.text).toContain('has no region cn-nowhere; it has cn-site-a');
    const fault = await evenkeel('local', 'fault', 'i-1', 'crash');
    expect(fault).toMatchObject({ code: 2 });
    expect(fault.text).toContain('has several regions');
  }, 60_000);

  it('end with Ctrl-C', async () => {
    sites.kill('SIGINT');
    const [code] = (await once(sites, 'exit')) as [number | null];
    expect(code).toBe(0);
  }, 60_000);
});
