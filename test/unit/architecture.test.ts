import { beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT, sourceFiles, type SourceFile } from '../support/source-files';

const RULES = join(ROOT, 'infra/build/dependency-rules.cjs');

/** For each rule a file that breaks it, and what it must not import. */
const PLANTS: Readonly<Record<string, readonly (readonly [file: string, imports: string])[]>> = {
  'domain-imports-nothing': [
    ['shared/domain/planted.ts', '../ports/target'],
    ['shared/domain/planted-core.ts', 'node:fs'],
  ],
  'decide-and-guard-are-pure': [
    ['shared/decide/planted.ts', '../ports/target'],
    ['shared/decide/planted-vendor.ts', '@alicloud/credentials'],
    ['shared/decide/planted-core.ts', 'node:fs'],
    ['shared/guard/planted.ts', '../decide/target'],
  ],
  'ports-know-only-domain': [['shared/ports/planted.ts', '../config/target']],
  'steps-use-ports': [
    ['shared/observe/planted.ts', '../adapters/memory/target'],
    ['shared/apply/planted.ts', '../decide/target'],
    ['shared/record/planted.ts', '../apply/target'],
  ],
  'reconcile-uses-steps': [['shared/reconcile.ts', './adapters/memory/target']],
  'config-knows-only-domain': [['shared/config/planted.ts', '../ports/target']],
  'adapters-know-only-ports': [['shared/adapters/memory/planted.ts', '../../decide/target']],
  'vendors-live-in-adapters': [['shared/runtime/planted.ts', '@alicloud/credentials']],
  'middy-lives-in-runtime': [['functions/first/planted.ts', '@middy/core']],
  'functions-are-islands': [['functions/first/planted-other.ts', '../second/target']],
  'product-does-not-know-the-local-region': [
    ['shared/runtime/planted-local.ts', '../../infra/target'],
  ],
  'operate-uses-the-loop': [['shared/operate/planted.ts', '../adapters/memory/target']],
  'wake-knows-no-cloud': [['shared/wake/planted.ts', '../adapters/memory/target']],
  'metrics-only-read': [['shared/metrics/planted.ts', '../apply/target']],
  'the-page-is-apart': [['functions/console/page/planted.ts', '../target']],
  'nobody-imports-the-page': [['functions/console/planted.ts', './page/target']],
  'nothing-imports-tests': [['infra/planted.ts', '../test/target']],
  'no-cycles': [['shared/runtime/planted-back.ts', './planted-there']],
  'no-orphans': [['shared/runtime/planted-alone.ts', '']],
};

/** The other half of the cycle, which is reported once. */
const THERE = ['shared/runtime/planted-there.ts', './planted-back'] as const;

/** Imports that must pass, so that the rules do not simply refuse everything. */
const ALLOWED = [
  ['shared/decide/allowed.ts', '../domain/target'],
  ['shared/observe/allowed.ts', '../ports/target'],
  ['shared/adapters/memory/allowed.ts', '@alicloud/credentials'],
  ['shared/runtime/allowed.ts', '@middy/core'],
  ['infra/allowed.ts', '../shared/decide/allowed'],
] as const;

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}

const plants = Object.entries(PLANTS).flatMap(([rule, files]) =>
  files.map(([file, imports]) => ({ rule, file, imports })),
);

/** Lays a small project out whose files import one thing each, and asks the rules. */
function violationsOfPlants(): readonly Violation[] {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-rules-'));
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  try {
    copyFileSync(join(ROOT, 'tsconfig.json'), join(folder, 'tsconfig.json'));
    for (const name of ['@alicloud/credentials', '@middy/core']) {
      write(`node_modules/${name}/package.json`, JSON.stringify({ name, main: 'index.js' }));
      write(`node_modules/${name}/index.js`, 'exports.value = 1;');
    }
    const imported = [
      ...plants.map(({ file, imports }) => [file, imports] as const),
      THERE,
      ...ALLOWED,
    ];
    for (const [file, imports] of imported) {
      write(file, imports === '' ? 'export {};' : `import '${imports}';\nexport {};`);
      if (imports.endsWith('/target')) write(join(dirname(file), `${imports}.ts`), 'export {};');
    }
    const program = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const args = [
      '--config',
      RULES,
      '--output-type',
      'json',
      'functions',
      'shared',
      'infra',
      'test',
    ];
    const { stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 60_000,
      maxBuffer: 32_000_000,
    });
    if (stdout === '') throw new Error(stderr);
    return (JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('the import rule', () => {
  let violations: readonly Violation[] = [];
  beforeAll(() => {
    violations = violationsOfPlants();
  }, 90_000);

  it('has a planted violation for every rule', () => {
    const { forbidden } = createRequire(__filename)(RULES) as { forbidden: { name: string }[] };
    expect(forbidden.map(({ name }) => name).sort()).toEqual(Object.keys(PLANTS).sort());
  });

  it.each(plants)('$rule bites when $file imports $imports', ({ rule, file }) => {
    const bitten = violations.filter(({ from }) => from === file).map(({ rule: { name } }) => name);
    expect(bitten).toContain(rule);
  });

  it.each<readonly [file: string, imports: string]>(ALLOWED)('lets %s import %s', (file) => {
    const bitten = violations.filter(
      ({ from, rule }) => from === file && rule.name !== 'no-orphans',
    );
    expect(bitten).toEqual([]);
  });
});

describe('the sources', () => {
  const code = sourceFiles(['functions', 'shared', 'infra', 'test'], ['.ts', '.mjs', '.cjs']);
  /** `path: line` of each line that matches. The patterns are put together, so that this file does not match itself. */
  const linesWith = (files: readonly SourceFile[], pattern: RegExp): readonly string[] =>
    files.flatMap(({ path, text }) =>
      text.split('\n').flatMap((line) => (pattern.test(line) ? [`${path}: ${line.trim()}`] : [])),
    );

  it('switch lint off in few places, each with its reason', () => {
    const disabled = linesWith(code, new RegExp(['eslint', 'disable'].join('-')));
    expect(disabled.filter((line) => !/-- \S.{10,}/.test(line))).toEqual([]);
    expect(disabled.length).toBeLessThanOrEqual(5);
  });

  it('leave nothing for later', () => {
    expect(
      linesWith(code, new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'].join('|')})\\b`)),
    ).toEqual([]);
  });

  it('mock no module, and neither skip a test nor run one alone', () => {
    const tests = code.filter(({ path }) => path.startsWith('test/'));
    expect(linesWith(tests, new RegExp(['jest', '(mock|doMock)\\('].join('\\.')))).toEqual([]);
    const alone = new RegExp(
      `\\b(describe|it|test)\\.(only|skip|todo)\\b|\\b(${['x', 'f'].map((letter) => `${letter}(it|describe)`).join('|')})\\(`,
    );
    expect(linesWith(tests, alone)).toEqual([]);
  });

  it.each(['decide', 'guard'])('use every file of shared/%s', (folder) => {
    const product = code.filter(({ path }) => !path.startsWith('test/'));
    const unused = product
      .filter(({ path }) => path.startsWith(`shared/${folder}/`))
      .map(({ path }) => path.slice(path.lastIndexOf('/') + 1, -'.ts'.length))
      .filter((name) => {
        const imported = new RegExp(
          `from '(\\./|(\\.\\./)+(shared/)?${folder}/)([a-z-]+/)*${name}'`,
        );
        return !product.some(({ text }) => imported.test(text));
      });
    expect(unused).toEqual([]);
  });

  it('know no machine’s paths and no registry’s hosts', () => {
    const written = [
      ...code,
      ...sourceFiles(['docs', '.ci'], ['.md', '.yaml', '.json', 'run']),
      ...sourceFiles(
        [
          'README.md',
          'ARCHITECTURE.md',
          'CONTRIBUTING.md',
          'CHANGELOG.md',
          's.yaml',
          'package.json',
          'package-lock.json',
        ],
        [''],
      ),
    ];
    const foreign = [
      '/work' + '/',
      '/root' + '/',
      '/home' + '/[a-z]',
      '/Users' + '/[A-Za-z]',
      'regis' + 'try\\.',
      'npm' + 'mirror',
      'artifac' + 'tory',
    ];
    expect(linesWith(written, new RegExp(foreign.join('|')))).toEqual([]);
  });
});

describe('the architecture decision records', () => {
  it('are all in the index, each by its title', () => {
    const [index] = sourceFiles(['docs/adr/README.md'], ['']);
    const records = readdirSync(join(ROOT, 'docs/adr')).filter((name) => /^\d{4}-/.test(name));
    expect(records.length).toBeGreaterThan(0);
    for (const record of records) {
      const [{ text }] = sourceFiles([`docs/adr/${record}`], ['']) as [SourceFile];
      const title = /^# (?:\d+\W*)?(.*)$/m.exec(text)?.[1];
      expect(index?.text).toContain(`[${record.slice(0, 4)}](${record}) | ${title ?? ''} |`);
    }
  });
});
