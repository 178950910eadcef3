import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { functionFolders } from '../../../infra/deploy/check-folders';
import { projectTerraform } from '../../../infra/deploy/project-terraform';
import { FUNCTION_NAMES, FUNCTION_NEEDS } from '../../../infra/permissions/function-needs';
import { repositoryRoot } from '../../../infra/local/repository';

const root = repositoryRoot(__dirname);
const made = projectTerraform(root);
const text = JSON.stringify(made);
type Arguments = Readonly<Record<string, unknown>>;
const all = Object.entries(made.resource).flatMap(([type, ones]) =>
  Object.entries(ones as Readonly<Record<string, Arguments>>).map(([name, given]) => ({
    type,
    name,
    given,
  })),
);
const ofType = (type: string) => all.filter((one) => one.type === type);

/** Arguments on the pages of the provider (aliyun/terraform-provider-alicloud, website/docs/r), nested blocks by path. */
const DOCUMENTED: Readonly<Record<string, readonly string[]>> = {
  alicloud_ram_role: ['role_name', 'assume_role_policy_document', 'description'],
  alicloud_ram_policy: ['policy_name', 'policy_document', 'description'],
  alicloud_ram_role_policy_attachment: ['role_name', 'policy_name', 'policy_type'],
  alicloud_fcv3_function: [
    ...['function_name', 'description', 'runtime', 'handler', 'memory_size', 'cpu', 'disk_size'],
    ...['timeout', 'role', 'environment_variables', 'code', 'code.zip_file'],
    ...[
      'vpc_config',
      'vpc_config.vpc_id',
      'vpc_config.vswitch_ids',
      'vpc_config.security_group_id',
    ],
    ...['nas_config', 'nas_config.user_id', 'nas_config.group_id', 'nas_config.mount_points'],
    ...['server_addr', 'mount_dir', 'enable_tls'].map((key) => `nas_config.mount_points.${key}`),
    ...['log_config', 'log_config.project', 'log_config.logstore', 'log_config.log_begin_rule'],
  ],
  alicloud_fcv3_concurrency_config: ['function_name', 'reserved_concurrency'],
  alicloud_fcv3_async_invoke_config: [
    ...['function_name', 'qualifier', 'max_async_event_age_in_seconds', 'max_async_retry_attempts'],
  ],
  alicloud_fcv3_trigger: [
    'function_name',
    'trigger_name',
    'trigger_type',
    'qualifier',
    'trigger_config',
  ],
};

/** Paths of arguments; a map of variables has names of its own, a dynamic block is the block that it makes. */
function pathsOf(given: Arguments, prefix = ''): readonly string[] {
  return Object.entries(given).flatMap(([key, value]) => {
    if (key === 'dynamic')
      return Object.entries(
        value as Readonly<Record<string, { content: readonly Arguments[] }>>,
      ).flatMap(([name, { content }]) => pathsOf({ [name]: content }, prefix));
    const path = `${prefix}${key}`;
    const nested = Array.isArray(value) ? value.filter((one) => typeof one === 'object') : [];
    return [path, ...nested.flatMap((one) => pathsOf(one as Arguments, `${path}.`))];
  });
}

describe('the configuration of Terraform', () => {
  it('is made from s.yaml and the permissions as they are now', () => {
    const file = join(root, 'infra', 'deploy', 'terraform', 'main.tf.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(text));
  });

  it('uses resources and arguments that the provider documents', () => {
    for (const { type, given } of all)
      expect(pathsOf(given).filter((path) => !DOCUMENTED[type]?.includes(path))).toEqual([]);
  });

  it('has every function with its role, limits and the least that it needs', () => {
    const labels = functionFolders(root).map((name) => name.replaceAll('-', '_'));
    for (const type of [
      'alicloud_ram_role',
      'alicloud_fcv3_function',
      'alicloud_fcv3_concurrency_config',
      'alicloud_fcv3_async_invoke_config',
    ])
      expect(
        ofType(type)
          .map(({ name }) => name)
          .sort(),
      ).toEqual(labels);
    const needy = FUNCTION_NAMES.filter(
      (name) => FUNCTION_NEEDS[name].apis.length + FUNCTION_NEEDS[name].invokes.length > 0,
    );
    expect(
      ofType('alicloud_ram_policy')
        .map(({ name }) => name)
        .sort(),
    ).toEqual(needy.map((name) => name.replaceAll('-', '_')).sort());
    for (const { given } of ofType('alicloud_ram_policy')) {
      const file = /\/([\w-]+\.json)"/.exec(String(given['policy_document']))?.[1] ?? '';
      expect(existsSync(join(root, 'infra', 'permissions', 'policies', file))).toBe(true);
    }
    expect(
      ofType('alicloud_fcv3_trigger')
        .map(({ given }) => given['trigger_type'])
        .sort(),
    ).toEqual(['eventbridge', 'http', 'http', 'timer']);
  });

  it('refers to what there is, and to nothing of `s`', () => {
    expect(text).not.toMatch(/\$\{(env|vars|config)[.(]/);
    const variables = Object.keys(made.variable);
    const used = [...text.matchAll(/var\.(\w+)/g)].map(([, name]) => name ?? '');
    expect(used.filter((name) => !variables.includes(name))).toEqual([]);
    expect(variables.filter((name) => !used.includes(name))).toEqual([]);
    const names = all.map(({ type, name }) => `${type}.${name}`);
    const referred = [...text.matchAll(/\$\{(alicloud_\w+\.\w+)\.\w+\}/g)].map(
      ([, one]) => one ?? '',
    );
    expect(referred.length).toBeGreaterThan(20);
    expect(referred.filter((one) => !names.includes(one))).toEqual([]);
  });

  it('asks for what the owner must choose, and shows no secret', () => {
    const variables = Object.entries(
      made.variable as Readonly<Record<string, { default?: string; sensitive?: boolean }>>,
    );
    const required = variables.filter(([, { default: preset }]) => preset === undefined);
    expect(required.map(([name]) => name)).toEqual([
      'region',
      'vpc_id',
      'vswitch_id',
      'security_group_id',
      'nas_server',
    ]);
    for (const [name, { sensitive }] of variables)
      expect([name, sensitive ?? false]).toEqual([name, /secret|password|notify_url/.test(name)]);
  });
});
