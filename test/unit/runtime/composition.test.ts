import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  alarmSecrets,
  approvalSecrets,
  clock,
  currentSettings,
  isCurrent,
  knownSecrets,
  openPolicyStore,
  outsideVoterSecrets,
  refreshSettings,
} from '../../../shared/runtime/composition';
import { operatePolicy } from '../../../shared/operate/policy/operate-policy';
import { policyRequest } from '../../../shared/operate/policy/policy-request';
import { policyText } from '../../support/policy-texts';
import { sourceFiles } from '../../support/source-files';

const folder = mkdtempSync(join(tmpdir(), 'evenkeel-composition-'));
const file = join(folder, 'evenkeel.yaml');
const before = process.env['EVENKEEL_POLICY'];
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  if (before === undefined) delete process.env['EVENKEEL_POLICY'];
  else process.env['EVENKEEL_POLICY'] = before;
});

const write = (mode: string): void =>
  writeFileSync(
    file,
    `version: 1
region: cn-hangzhou
pools:
  - { name: web, mode: ${mode}, targets: [{ loadBalancer: lb-1 }] }
`,
  );
const mode = () => currentSettings().policy.pools[0]?.mode;

describe('the settings of a warm instance', () => {
  beforeEach(() => {
    process.env['EVENKEEL_POLICY'] = file;
    write('enforce');
  });

  it('are read once as long as the policy file stays as it is', async () => {
    const settings = currentSettings();
    expect(currentSettings()).toBe(settings);
    expect(await isCurrent(settings)).toBe(true);
    write('enforce');
    expect(currentSettings()).toBe(settings);
  });

  it('follow a policy file that was changed, also back to what it was', async () => {
    const settings = currentSettings();
    write('observe');
    expect(await isCurrent(settings)).toBe(false);
    expect(mode()).toBe('observe');
    write('enforce');
    expect(mode()).toBe('enforce');
  });

  it('are refused, and not the old ones kept, when the file became one that cannot be understood', async () => {
    const settings = currentSettings();
    write('obsrve');
    expect(await isCurrent(settings)).toBe(false);
    expect(() => currentSettings()).toThrow(/did you mean observe|must be/);
    rmSync(file);
    expect(await isCurrent(settings)).toBe(false);
    expect(() => currentSettings()).toThrow('cannot be read');
  });
});

describe('the settings of a warm instance whose policy is in the store', () => {
  const push = async (text: string) => {
    const request = { verb: 'policy-push', text, by: 'ann', note: 'n' };
    const context = { store: openPolicyStore(), clock, newId: () => `${Math.random()}` };
    return operatePolicy(policyRequest.parse(request), context);
  };
  beforeEach(() => {
    process.env['EVENKEEL_POLICY'] = file;
    process.env['EVENKEEL_POLICY_FROM'] = 'store';
    // All that the file is read for; its pools are of no interest, and may be what only another version understands.
    writeFileSync(file, 'version: 1\nregion: cn-hangzhou\npools: [{ nmae: odd }]\n');
  });
  afterEach(() => void Reflect.deleteProperty(process.env, 'EVENKEEL_POLICY_FROM'));

  it('are looked for by every function', () => {
    const handlers = sourceFiles(['functions'], ['handler.ts']);
    expect(handlers.length).toBeGreaterThan(6);
    for (const { path, text } of handlers)
      expect([path, text]).toEqual([path, expect.stringMatching(/refreshSettings|prepareWork/)]);
  });

  it('are missed by name while nobody pushed a policy', async () => {
    await expect(refreshSettings()).rejects.toThrow('push one with `evenkeel policy push`');
    expect(() => currentSettings()).toThrow('has not been read');
  });

  it('follow a push before the next look, and a rollback, with the version', async () => {
    await push(policyText('mode: enforce'));
    await refreshSettings();
    const settings = currentSettings();
    expect(settings).toMatchObject({
      policyVersion: 1,
      policy: { store: { path: join(folder, '.evenkeel/state') }, pools: [{ mode: 'enforce' }] },
    });
    expect(await isCurrent(settings)).toBe(true);
    expect(currentSettings()).toBe(settings);
    await push(policyText('mode: observe'));
    expect(currentSettings()).toBe(settings);
    expect(await isCurrent(settings)).toBe(false);
    expect(currentSettings()).toMatchObject({ policyVersion: 2 });
    expect(mode()).toBe('observe');
  });

  it('are the same for all who look at the same time', async () => {
    await refreshSettings();
    const settings = currentSettings();
    await push(policyText('watch: never'));
    expect(await Promise.all([1, 2, 3].map(async () => isCurrent(settings)))).toEqual([
      false,
      false,
      false,
    ]);
    const next = currentSettings();
    expect(await Promise.all([1, 2, 3].map(async () => isCurrent(next)))).toEqual([
      true,
      true,
      true,
    ]);
    expect(currentSettings()).toBe(next);
  });

  it('stay as they are while the store cannot be reached', async () => {
    await refreshSettings();
    const settings = currentSettings();
    writeFileSync(
      file,
      'version: 1\nregion: cn-hangzhou\nstore: { kind: file, path: /dev/null/x }\n',
    );
    expect(await isCurrent(settings)).toBe(true);
    expect(currentSettings()).toBe(settings);
  });

  it.each([
    ['version: 1\n', 'region'],
    ['version: 1\nregion: cn-hangzhou\nstore: { kind: memory }\n', 'A store in memory'],
    ['a: [', 'evenkeel.yaml:1'],
  ])('are refused when the file does not say where the store is: %j', async (text, said) => {
    writeFileSync(file, text);
    await expect(refreshSettings()).rejects.toThrow(said);
  });
});

describe('secrets', () => {
  const VARIABLES = ['ALARM', 'APPROVAL', 'VOTER'].map((name) => `EVENKEEL_TEST_${name}_SECRET`);
  const clear = (): void => VARIABLES.forEach((name) => Reflect.deleteProperty(process.env, name));
  beforeEach(() => {
    clear();
    process.env['EVENKEEL_POLICY'] = file;
    const example = join(__dirname, '../../../docs/examples/failover.yaml');
    const text = readFileSync(example, 'utf8').replaceAll('env:EVENKEEL_', 'env:EVENKEEL_TEST_');
    writeFileSync(file, text);
  });
  afterAll(clear);

  it('are not needed by who does not ask for them', () => {
    expect(currentSettings().policy.names).toHaveLength(1);
    expect(knownSecrets()).toEqual([]);
  });

  it.each<[string, string, () => readonly string[]]>([
    ['alarms', 'ALARM', alarmSecrets],
    ['approvals', 'APPROVAL', approvalSecrets],
    ['an outside voter', 'VOTER', () => outsideVoterSecrets('carrier')],
  ])('of %s are read by who needs them, and missed by name', (_, name, read) => {
    expect(read).toThrow(
      `needs a secret that it does not have: env:EVENKEEL_TEST_${name}_SECRET: the variable is not set`,
    );
    process.env[`EVENKEEL_TEST_${name}_SECRET`] = `${name}-of-sixteen-and-more`;
    expect(read()).toEqual([`${name}-of-sixteen-and-more`]);
    expect(knownSecrets()).toEqual([`${name}-of-sixteen-and-more`]);
  });

  it.each(['stranger', 'constructor'])(
    'of %s, whom the policy does not know, are none',
    (voter) => {
      expect(outsideVoterSecrets(voter)).toEqual([]);
    },
  );
});
