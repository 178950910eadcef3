import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { currentSettings, isCurrent } from '../../../shared/runtime/composition';

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
