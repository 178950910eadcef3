import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createColors } from 'picocolors';
import { buildProgram } from '../../../infra/cli/program';
import { isAllowed } from '../../../infra/local/ram/is-allowed';
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
    expect(functions).toHaveLength(8);
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

  it('prints commands that make a role for each function, quoted for a shell', async () => {
    const { text } = await run({}, '--commands');
    const lines = text.split('\n');
    const of = (verb: string) => lines.filter((line) => line.startsWith(`aliyun ram ${verb} `));
    expect(of('CreateRole')).toHaveLength(8);
    expect(of('CreatePolicy')).toHaveLength(7); // probe needs none
    expect(of('AttachPolicyToRole')).toContain(
      'aliyun ram AttachPolicyToRole --PolicyType Custom --PolicyName evenkeel-on-event --RoleName evenkeel-on-event',
    );
    expect(
      [...of('CreateRole'), ...of('CreatePolicy'), ...of('AttachPolicyToRole')].sort(),
    ).toEqual([...lines].sort());
    for (const line of of('CreatePolicy')) {
      const document = /--PolicyDocument '([^']*)'$/.exec(line)?.[1] ?? '';
      expect(JSON.parse(document)).toMatchObject({ Version: '1' });
    }
  });

  it('makes one role for a service of FC 2.0, with every policy', async () => {
    const { text } = await run({ EVENKEEL_FC_SERVICE: 'evenkeel' }, '--commands');
    expect(text.match(/CreateRole --RoleName evenkeel-service /g)).toHaveLength(1);
    expect(text.match(/--PolicyType Custom .* --RoleName evenkeel-service$/gm)).toHaveLength(8);
    expect(text).toContain('services/evenkeel.*/functions/evenkeel-reconcile-pool');
  });

  it('lets the role of a service of FC 2.0 enter the VPC and write logs, which FC 3.0 does by a role of its own', async () => {
    const variables = { EVENKEEL_FC_SERVICE: 'evenkeel', ALIBABA_CLOUD_ACCOUNT_ID: '1234567890' };
    const { text } = await run(variables, '--commands');
    expect(text.split('\n')).toContain(
      'aliyun ram AttachPolicyToRole --PolicyType System --PolicyName AliyunECSNetworkInterfaceManagementAccess --RoleName evenkeel-service',
    );
    const [, document = ''] =
      /CreatePolicy --PolicyName evenkeel-service-logs --PolicyDocument '([^']*)'/.exec(text) ?? [];
    const logs = JSON.parse(document) as RamPolicy;
    const answer = (action: string, regionId: string) =>
      isAllowed(logs, { action, resource: `acs:log:${regionId}:1234567890:project/p/logstore/l` });
    expect(answer('log:PostLogStoreLogs', 'cn-hangzhou')).toBe(true);
    expect(answer('log:PostLogStoreLogs', 'cn-beijing')).toBe(false);
    expect(answer('log:GetLogStoreLogs', 'cn-hangzhou')).toBe(false);
    expect(text).toContain('--PolicyName evenkeel-service-logs --RoleName evenkeel-service');
    expect(JSON.parse((await run(variables, '--json')).text)).toMatchObject({
      service: {
        role: 'evenkeel-service',
        systemPolicies: ['AliyunECSNetworkInterfaceManagementAccess'],
        policy: logs,
      },
    });
    const { text: printed } = await run(variables);
    expect(printed).toContain('AliyunECSNetworkInterfaceManagementAccess');
    expect(printed).toContain('log:PostLogStoreLogs');
    expect((await run({}, '--commands')).text).not.toMatch(/--PolicyType System|log:/);
  });

  it('writes files that Terraform takes', async () => {
    const { text } = await run({}, '--write', join(folder, 'policies'));
    const [file = ''] = text.split('\n').filter((one) => one.endsWith('on-event.json'));
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ Version: '1' });
  });
});
