import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createColors } from 'picocolors';
import { buildProgram } from '../../../infra/cli/program';
import { repositoryRoot } from '../../../infra/local/repository';
import { ensureBuilt } from '../../support/build';

const folder = mkdtempSync(join(tmpdir(), 'evenkeel-check-'));
afterAll(() => rmSync(folder, { recursive: true }));
const CHOSEN = {
  EVENKEEL_REGION: 'cn-hangzhou',
  EVENKEEL_VPC_ID: 'vpc-bp1example',
  EVENKEEL_VSWITCH_ID: 'vsw-bp1example',
  EVENKEEL_SECURITY_GROUP_ID: 'sg-bp1example',
  EVENKEEL_NAS_SERVER: 'abc.cn-hangzhou.nas.aliyuncs.com:/evenkeel',
};

async function check(variables: Readonly<Record<string, string>>, ...args: readonly string[]) {
  ensureBuilt();
  const out: string[] = [];
  let exit: number | null = null;
  const say = (text: string) => void out.push(text);
  const program = buildProgram({
    terminal: { out: say, err: say, colours: createColors(false), isInteractive: false },
    variables,
    now: Date.now,
    onInterrupt: () => undefined,
    finish: (code) => void (exit = code),
  });
  await program.parseAsync(['node', 'evenkeel', 'deploy', 'check', ...args]);
  return { exit, text: out.join('\n') };
}

describe('evenkeel deploy check', () => {
  it('says what can be deployed', async () => {
    expect(await check(CHOSEN)).toEqual({
      exit: 0,
      text: 'A month’s costs are reckoned from the policy: give --policy.\ns.yaml can be deployed: 8 functions.',
    });
  });

  it('says what a month costs, of the policy that is named or lies where it is looked for', async () => {
    const policy = join(folder, 'evenkeel.yaml');
    writeFileSync(
      policy,
      'version: 1\nregion: cn-hangzhou\npools: [{ name: web, targets: [{ loadBalancer: lb-1 }] }]\n',
    );
    for (const result of [
      await check(CHOSEN, '--policy', policy),
      await check({ ...CHOSEN, EVENKEEL_POLICY: policy }),
    ]) {
      expect(result.exit).toBe(0);
      expect(result.text).toMatch(/^A month of the whole deployment: about [\d.]+ CNY$/m);
      expect(result.text).toMatch(/CloudMonitor reads .* calls, 1,000,000 free/);
    }
    const json = await check(CHOSEN, '--policy', policy, '--json');
    expect(JSON.parse(json.text)).toMatchObject({ costs: { currency: 'CNY' } });
    const nowhere = { ...CHOSEN, EVENKEEL_POLICY: join(folder, 'nowhere.yaml') };
    expect(JSON.parse((await check(nowhere, '--json')).text)).toMatchObject({ costs: null });
  });

  it('names what is missing and what is misspelt, each with a remedy, and fails', async () => {
    expect(await check({})).toMatchObject({
      exit: 1,
      text: expect.stringContaining(
        'Set the environment variable EVENKEEL_VPC_ID: VPC of the pools.',
      ),
    });
    const path = join(folder, 's.yaml');
    const text = readFileSync(join(repositoryRoot(__dirname), 's.yaml'), 'utf8');
    writeFileSync(path, text.replace('memorySize: 512', 'memorysize: 512'));
    const { exit, text: told } = await check(CHOSEN, '--file', path);
    expect(exit).toBe(1);
    expect(told).toContain(
      'memorysize: is not a key that is known here\n  Did you mean memorySize?',
    );
    const json = await check(CHOSEN, '--file', path, '--json');
    expect(JSON.parse(json.text)).toMatchObject({
      findings: expect.arrayContaining([expect.objectContaining({ severity: 'error' })]),
    });
  });

  it('says which file cannot be read', async () => {
    expect(await check(CHOSEN, '--file', join(folder, 'nowhere.yaml'))).toMatchObject({ exit: 2 });
  });
});
