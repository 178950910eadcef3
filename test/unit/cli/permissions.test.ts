import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createColors } from 'picocolors';
import { buildProgram } from '../../../infra/cli/program';
import { type RamPolicy } from '../../../infra/permissions/ram-policy';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'evenkeel-permissions-'));
  writeFileSync(
    join(folder, 'evenkeel.yaml'),
    'version: 1\nregion: cn-hangzhou\npools: [{ name: web, targets: [{ loadBalancer: lb-1 }] }, { name: api, targets: [{ loadBalancer: lb-2 }] }]\n',
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(variables: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const out: string[] = [];
  let exit: number | null = null;
  const program = buildProgram({
    terminal: {
      out: (text) => void out.push(text),
      err: (text) => void out.push(text),
      colours: createColors(false),
      isInteractive: false,
    },
    variables,
    now: Date.now,
    onInterrupt: () => undefined,
    finish: (code) => void (exit = code),
  });
  const policy = ['-p', join(folder, 'evenkeel.yaml')];
  await program.parseAsync(['node', 'evenkeel', 'permissions', ...policy, ...args]);
  return { exit, text: out.join('\n') };
}

const policiesIn = (text: string) =>
  (JSON.parse(text) as { functions: readonly { name: string; policy: RamPolicy }[] }).functions;

describe('evenkeel permissions', () => {
  it('prints a policy for each function, narrowed to what the policy file names', async () => {
    const { exit, text } = await run({ ALIBABA_CLOUD_ACCOUNT_ID: '1234567890' }, '--json');
    expect(exit).toBe(0);
    const functions = policiesIn(text);
    expect(functions).toHaveLength(7);
    const worker = functions.find(({ name }) => name === 'reconcile-pool')!.policy.Statement;
    const removal = worker.find(({ Action }) => Action.includes('ecs:DeleteInstances'));
    expect(removal).toMatchObject({
      Resource: ['acs:ecs:cn-hangzhou:1234567890:instance/*'],
      Condition: { StringEquals: { 'acs:ResourceTag/evenkeel:pool': ['api', 'web'] } },
    });
    const weights = worker.filter(({ Action }) => Action.includes('slb:SetBackendServers'));
    expect(weights.flatMap(({ Resource }) => Resource)).toEqual([
      'acs:slb:cn-hangzhou:1234567890:loadbalancer/lb-1',
      'acs:slb:cn-hangzhou:1234567890:loadbalancer/lb-2',
      'acs:ecs:cn-hangzhou:1234567890:instance/*',
    ]);
  });

  it('prints one of them, in the form that the console of RAM takes', async () => {
    const { text } = await run({}, '--function', 'on-event');
    const [, ...lines] = text.split('\n');
    expect(JSON.parse(lines.join('\n'))).toEqual({
      Version: '1',
      Statement: [
        {
          Effect: 'Allow',
          Action: ['fc:InvokeFunction'],
          Resource: ['acs:fc:cn-hangzhou:*:functions/evenkeel-reconcile-pool'],
        },
      ],
    });
    expect((await run({}, '--function', 'probe')).text).toBe('probe: needs no permission');
  });
});
