import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createColors } from 'picocolors';
import { confirm } from '../../../infra/cli/confirm';
import { buildProgram } from '../../../infra/cli/program';
import { evacuationLines } from '../../../infra/cli/render/evacuation-lines';
import { nameLines } from '../../../infra/cli/render/explanation-lines';
import { type Terminal } from '../../../infra/cli/terminal';
import { FileStateStore } from '../../../shared/adapters/file/file-state-store';
import { SystemClock } from '../../../shared/adapters/system/system-clock';
import { floorsKey } from '../../../shared/domain/store-keys';
import { type EvacuationView } from '../../../shared/operate/operator-reply';
import { decideName } from '../../../shared/decide/failover/decide-name';
import { instant } from '../../../shared/domain/units';
import { guardName } from '../../../shared/guard/failover/guard-name';
import { inSeconds, NOW } from '../../support/builders';
import { aNamePolicy, aNameSnapshot } from '../../support/name-builders';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'evenkeel-orders-'));
  writeFileSync(
    join(folder, 'evenkeel.yaml'),
    'version: 1\nregion: cn-hangzhou\nstore: { kind: file, path: state }\npools: [{ name: web, targets: [{ loadBalancer: lb-1 }] }]\n',
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a command in this process, against the folder’s policy and store. */
const run = (...args: readonly string[]) =>
  runWith(['-p', join(folder, 'evenkeel.yaml')], {}, args);

/** State and archive beside the other test policy, whatever the policy file is. */
const FOLDERS = () => ({
  EVENKEEL_OPENAPI_ENDPOINT: '127.0.0.1:1',
  EVENKEEL_OPENAPI_PROTOCOL: 'http',
  EVENKEEL_STATE_PATH: join(folder, 'names-state'),
  EVENKEEL_ARCHIVE_PATH: join(folder, 'names-archive'),
});

async function runWith(
  policy: readonly string[],
  variables: Readonly<Record<string, string>>,
  args: readonly string[],
) {
  const told: { out: string[]; err: string[]; exit: number | null } = {
    out: [],
    err: [],
    exit: null,
  };
  const program = buildProgram({
    terminal: {
      out: (text) => void told.out.push(text),
      err: (text) => void told.err.push(text),
      colours: createColors(false),
      isInteractive: false,
    },
    variables,
    now: Date.now,
    onInterrupt: () => undefined,
    finish: (code) => void (told.exit = code),
  });
  await program.parseAsync(['node', 'evenkeel', ...args, ...policy]);
  return { ...told, text: told.out.join('\n'), error: told.err.join('\n') };
}

describe('status', () => {
  it('shows what a name of another region asks a pool for, until it is over', async () => {
    const clock = new SystemClock();
    const store = new FileStateStore({ folder: join(folder, 'state'), clock });
    const asked = { by: 'shop', reason: 'bj is down', at: clock.now() };
    const floors = [
      { ...asked, count: 7, until: clock.now() + 60_000 },
      { ...asked, by: 'blog', count: 9, until: clock.now() },
    ];
    await store.compareAndSet(floorsKey('web'), floors, null);
    const { text } = await run('status', '--pool', 'web');
    expect(text).toMatch(/at least 7 for shop until .*: bj is down/u);
    expect(text).not.toContain('blog');
  });
});

describe('freeze and unfreeze', () => {
  it('freeze a pool, show it in status, and take it back', async () => {
    const frozen = await run('freeze', '--pool', 'web', '--reason', 'audit', '--by', 'ann');
    expect(frozen).toMatchObject({ exit: 0, error: '' });
    expect(frozen.text).toMatch(/^pool web is frozen until \d{4}-.*nothing is written/u);
    expect((await run('status')).text).toMatch(/frozen by ann until .*: audit/u);
    const refused = await run('unfreeze', '--pool', 'web');
    expect(refused.exit).toBe(1);
    expect(refused.error).toMatch(/ann has frozen pool web until .* \(audit\)\..* --of "ann"/u);
    expect(await run('unfreeze', '--pool', 'web', '--of', 'ann')).toMatchObject({
      exit: 0,
      text: 'pool web is not frozen any more; ann had frozen it (audit).',
    });
    expect((await run('status')).text).not.toContain('frozen');
    expect((await run('unfreeze')).text).toBe('Everything was not frozen; nothing to take back.');
  });

  it('tells the same as JSON', async () => {
    const { text } = await run('freeze', '--reason', 'audit', '--for', '1h', '--json');
    expect(JSON.parse(text)).toMatchObject({ kind: 'freeze-changed', scope: 'all' });
    await run('unfreeze');
  });

  it.each([
    [['freeze', '--pool', 'api', '--reason', 'x'], 1, 'There is no pool api'],
    [['freeze', '--name', 'shop', '--reason', 'x'], 1, 'There is no name shop'],
  ])('%j ends with %d and says why', async (args, exit, sentence) => {
    const refused = await run(...args);
    expect(refused.exit).toBe(exit);
    expect(refused.error).toContain(sentence);
  });
});

describe('evacuate', () => {
  it.each([
    [[], 2, 'Say which zone'],
    [['--zone', 'cn-hangzhou-h'], 2, 'Say why with --reason'],
    [['--zone', 'cn-hangzhou-h', '--reason', 'fire'], 2, 'give --yes'],
    [['--zone', 'cn-hangzhou-h', '--reason', 'fire', '--pool', 'api', '--yes'], 1, 'no pool api'],
  ])('%j ends with %d and orders nothing', async (args, exit, sentence) => {
    const refused = await run('evacuate', ...args);
    expect(refused.exit).toBe(exit);
    expect(refused.error).toContain(sentence);
    expect(readdirSync(folder, { recursive: true }).join()).not.toContain('evacuations');
  });

  it('--end and --status say that there is nothing', async () => {
    expect((await run('evacuate', '--zone', 'cn-hangzhou-h', '--end')).text).toBe(
      'Nobody had web leave cn-hangzhou-h; nothing to take back.',
    );
    expect((await run('evacuate', '--status')).text).toBe('No zone is being left.');
  });

  it('shows who is out, who stays and why, and who came', () => {
    const view: EvacuationView = {
      poolName: 'web',
      zoneId: 'z-h',
      evacuation: {
        zoneId: 'z-h',
        by: 'ann',
        reason: 'fire',
        at: instant(0),
        until: instant(1000),
      },
      standing: 3,
      drained: ['i-1'],
      draining: ['i-2'],
      remaining: [{ instanceId: 'i-3', rule: 'guard-floor', detail: '1 would be left' }],
      servingElsewhere: 2,
      launching: 4,
      launched: [
        { instanceId: 'i-8', isServing: true },
        { instanceId: 'i-9', isServing: false },
      ],
      notes: ['The maximum is 5.'],
    };
    expect(evacuationLines(view, createColors(false))).toEqual([
      'web leaves z-h until 1970-01-01 00:00:01Z, by order of ann: fire',
      '  in the zone: 3; drained: 1 (i-1); lowered next: 1 (i-2)',
      '  i-3 keeps its weight, withheld by guard-floor: 1 would be left',
      '  elsewhere: 2 serving; asked for next: 4; came since the order: 2, 1 of them serving',
      '  The maximum is 5.',
    ]);
  });
});

describe('orders about names', () => {
  const NAMES = join(__dirname, '../../../docs/examples/failover.yaml');
  const VARIABLES = {
    EVENKEEL_APPROVAL_SECRET: 'a-secret-of-sixteen',
    EVENKEEL_VOTER_SECRET: 'another-of-sixteen-c',
  };
  const runNamed = (...args: readonly string[]) =>
    runWith(['-p', NAMES], { ...VARIABLES, ...FOLDERS() }, args);

  it('failover orders with --yes only, status shows it, failback takes it back', async () => {
    const order = ['shop', '--site', 'hangzhou', '--reason', 'works', '--by', 'ann'];
    expect(await runNamed('failover', ...order)).toMatchObject({ exit: 2 });
    expect((await runNamed('status', '--name', 'shop')).text).not.toContain('ordered');
    const ordered = await runNamed('failover', ...order, '--yes');
    expect(ordered).toMatchObject({ exit: 0, error: '' });
    expect(ordered.text).toMatch(/^failover of hangzhou is ordered for shop until .*observe/su);
    expect((await runNamed('status', '--name', 'shop')).text).toMatch(
      /shop .*never looked at\n {2}failover of hangzhou ordered by ann until .*: works/su,
    );
    const back = await runNamed('failback', ...order, '--yes', '--json');
    expect(JSON.parse(back.text)).toMatchObject({
      kind: 'site-ordered',
      order: { kind: 'failback' },
    });
  });

  it('a freeze of everything is said to be of one region, and none is taken for another’s pool', async () => {
    const frozen = await runNamed('freeze', '--reason', 'audit', '--by', 'ann');
    expect(frozen.text).toMatch(
      /^Everything that the deployment in cn-beijing looks after is frozen/,
    );
    expect((await runNamed('unfreeze', '--by', 'ann')).text).toContain('in cn-beijing');
    const refused = await runNamed('freeze', '--pool', 'shop-shenzhen', '--reason', 'audit');
    expect(refused.exit).toBe(1);
    expect(refused.error).toContain('The deployment in cn-shenzhen looks after pool shop-shenzhen');
  });

  it('practice takes the site that the policy practises', async () => {
    const { text } = await runNamed('practice', 'shop', '--reason', 'weekly', '--yes', '--json');
    expect(JSON.parse(text)).toMatchObject({ order: { kind: 'practice', siteName: 'shenzhen' } });
  });

  it.each([[[]], [['--site', 'shenzhen']]])(
    'practice is refused where the policy has none, with %j',
    async (site) => {
      const without = join(folder, 'no-practice.yaml');
      const lines = readFileSync(NAMES, 'utf8').split('\n');
      const begin = lines.findIndex((line) => line.trim() === 'practice:');
      lines.splice(begin, 4);
      writeFileSync(without, lines.join('\n'));
      const args = ['practice', 'shop', ...site, '--reason', 'weekly', '--yes'];
      const refused = await runWith(['-p', without], FOLDERS(), args);
      expect(refused.exit).toBe(1);
      expect(refused.error).toContain('does not practise shop: give it a practice section first');
    },
  );

  it.each([
    [['failover', 'toys', '--site', 'hangzhou', '--reason', 'x', '--yes'], 1, 'no name toys'],
    [['failover', 'shop', '--site', 'north', '--reason', 'x', '--yes'], 1, 'no site north'],
    [['failover', 'shop', '--reason', 'x', '--yes'], 2, 'Say which site'],
    [['approve', 'shop', 'failover-9', '--yes'], 1, 'no move failover-9'],
    [['status', '--name', 'toys'], 1, 'no name toys'],
    [['plan', '--name', 'toys'], 1, 'no name toys'],
    [['history', '--name', 'toys'], 1, 'no name toys'],
    [['explain', '--name', 'shop'], 1, 'shop has no such tick on record'],
  ])('%j ends with %d and says why', async (args, exit, sentence) => {
    const refused = await runNamed(...args);
    expect(refused.exit).toBe(exit);
    expect(refused.error).toContain(sentence);
  });

  it('approve needs its secret', async () => {
    const refused = await runWith(['-p', NAMES], FOLDERS(), ['approve', 'shop', 'x', '--yes']);
    expect(refused).toMatchObject({ exit: 2 });
    expect(refused.error).toContain('EVENKEEL_APPROVAL_SECRET');
  });
});

describe('a question before an order', () => {
  const answering = (answer: string): Terminal => ({
    out: () => undefined,
    err: () => undefined,
    colours: createColors(false),
    isInteractive: true,
    ask: () => Promise.resolve(answer),
  });

  it.each(['y', 'Yes ', 'YES'])('takes %j for a yes', async (answer) => {
    await expect(confirm(answering(answer), {}, 'Really?')).resolves.toBeUndefined();
  });

  it.each(['', 'n', 'yesterday'])('takes %j for a no', async (answer) => {
    await expect(confirm(answering(answer), {}, 'Really?')).rejects.toThrow('Nothing was ordered');
  });

  it('is not asked with --yes, and cannot be with --json', async () => {
    await expect(confirm(answering('n'), { yes: true }, 'Really?')).resolves.toBeUndefined();
    await expect(confirm(answering('y'), { json: true }, 'Really?')).rejects.toThrow('--yes');
  });
});

describe('a plan of a name, for a terminal', () => {
  const policy = aNamePolicy();
  const name = aNameSnapshot(policy, {
    orders: [
      {
        ...{ kind: 'failover', siteName: 'a', by: 'ann', reason: 'works' },
        ...{ at: NOW, until: inSeconds(60) },
      },
    ],
  });
  const proposal = decideName(name, policy);
  const plan = guardName(proposal, name, policy);
  const shown = { name, proposal, plan, mode: policy.mode };

  it('says what was concluded of each site, what would be done, and that nothing was', () => {
    const text = nameLines(shown, null, createColors(false)).join('\n');
    expect(text).toContain('failover of a ordered by ann: works');
    expect(text).toMatch(/^Name www \(mode enforce\), /u);
    expect(text).toMatch(/^a: up, serving → \w+, [\d.]+% \(.+\)\n {2}\S/mu);
    expect(text).toMatch(/a: pause record r-a-default on line default: would be done/u);
    expect(text).toMatch(/\d+ to do, \d+ withheld\. Nothing was changed\.$/u);
  });

  it('says by which rule a step is withheld', () => {
    const freeze = { by: 'bob', reason: 'audit', at: NOW, until: inSeconds(60) };
    const frozen = { ...name, freeze };
    const text = nameLines(
      { ...shown, name: frozen, plan: guardName(proposal, frozen, policy) },
      null,
      createColors(false),
    ).join('\n');
    expect(text).toContain('frozen by bob');
    expect(text).toMatch(/pause record .*: withheld by guard-frozen\n +A person froze the name/u);
  });

  it('says of a tick what became of each step', () => {
    const outcome = {
      steps: plan.steps.map(({ stepId }) => ({
        ...{ stepId, startedAt: NOW, finishedAt: NOW },
        result: { kind: 'done' as const, detail: '' },
      })),
    };
    const text = nameLines(shown, outcome, createColors(false)).join('\n');
    expect(text).toMatch(/pause record .*: done \(failover-ordered\)/u);
    expect(text).not.toContain('Nothing was changed');
  });
});
