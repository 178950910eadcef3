import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  alarmSecrets,
  approvalSecrets,
  currentSettings,
  isCurrent,
  knownSecrets,
  outsideVoterSecrets,
} from '../../../shared/runtime/composition';

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

  it('are read once as long as the policy file stays as it is', () => {
    const settings = currentSettings();
    expect(currentSettings()).toBe(settings);
    expect(isCurrent(settings)).toBe(true);
    write('enforce');
    expect(currentSettings()).toBe(settings);
  });

  it('follow a policy file that was changed, also back to what it was', () => {
    const settings = currentSettings();
    write('observe');
    expect(isCurrent(settings)).toBe(false);
    expect(mode()).toBe('observe');
    write('enforce');
    expect(mode()).toBe('enforce');
  });

  it('are refused, and not the old ones kept, when the file became one that cannot be understood', () => {
    const settings = currentSettings();
    write('obsrve');
    expect(isCurrent(settings)).toBe(false);
    expect(() => currentSettings()).toThrow(/did you mean observe|must be/);
    rmSync(file);
    expect(isCurrent(settings)).toBe(false);
    expect(() => currentSettings()).toThrow('cannot be read');
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
