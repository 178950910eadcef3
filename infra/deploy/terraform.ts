import { type FunctionName } from '../permissions/function-needs';
import { policyOf } from '../permissions/ram-policy';
import { functionResources, type Block } from './terraform-function';
import { readServerless } from './read-serverless';
import { type FunctionProps } from './serverless-schema';

/** A configuration of Terraform in its JSON syntax. */
export interface TerraformModule extends Readonly<Record<string, Block | string>> {
  readonly variable: Block;
  readonly resource: Readonly<Record<string, Block>>;
}

/** `role_name` and `assume_role_policy_document` are of this version. */
const PROVIDER = { source: 'aliyun/alicloud', version: '>= 1.252.0' };

/** What `s` alone needs, and what Terraform makes itself. */
const NO_VARIABLE = /^EVENKEEL_(ACCESS|\w+_ROLE)$/;
const SECRET = /SECRET|PASSWORD|NOTIFY_URL/;

/** Example: EVENKEEL_VPC_ID → vpc_id. */
const variableName = (name: string): string => name.replace(/^EVENKEEL_/, '').toLowerCase();

interface Chosen {
  readonly name: string;
  /** Undefined: the owner must choose. */
  readonly preset: string | undefined;
}

/** What the file takes from the environment, in its order. */
function chosenIn(text: string): readonly Chosen[] {
  const all = [...text.matchAll(/\benv\('(\w+)'(?:,\s*'([^']*)')?\)/g)];
  const found = all.map(([, name = '', preset]) => ({ name, preset }));
  return found.filter(({ name }, index) => found.findIndex((one) => one.name === name) === index);
}

const variableBlock = (
  { name, preset }: Chosen,
  about: Readonly<Record<string, string>>,
): Block => ({
  type: 'string',
  description: about[name] ?? name,
  ...(preset === undefined ? {} : { default: preset }),
  ...(SECRET.test(name) ? { sensitive: true } : {}),
});

const OWN_VARIABLES: Block = {
  log_project: {
    type: 'string',
    description: 'Project of Log Service; empty: nothing is logged.',
    default: '',
  },
  log_store: { type: 'string', description: 'Logstore in it.', default: '' },
  packages: {
    type: 'string',
    description: 'Folder of the archives that `npm run build` makes; empty: that of this project.',
    default: '',
  },
  policies: {
    type: 'string',
    description:
      'Folder of RAM policies, as `evenkeel permissions --write` makes them, narrowed; empty: those of this project, not narrowed.',
    default: '',
  },
};

/**
 * The deployment of an `s.yaml` as a configuration of Terraform: functions, triggers, limits, and a role for each function with its policy.
 * Resource types and arguments are those of the provider's pages; it was never applied to an account: UNCONFIRMED.
 */
export function terraformModule(
  file: { readonly path: string; readonly text: string },
  about: Readonly<Record<string, string>>,
): TerraformModule {
  const chosen = chosenIn(file.text).filter(({ name }) => !NO_VARIABLE.test(name));
  const env = Object.fromEntries(chosen.map(({ name }) => [name, `\${var.${variableName(name)}}`]));
  const { document } = readServerless(file.path, { env, accountId: '' });
  const blocks = (document as { resources: Record<FunctionName, { props: FunctionProps }> })
    .resources;
  const functions = Object.entries(blocks).map(([name, { props }]) =>
    functionResources(name, props, policyOf(name as FunctionName).Statement.length > 0),
  );
  return {
    '//': 'Made from s.yaml by `node infra/build/terraform.mjs`; a test fails when it is out of date.',
    terraform: { required_version: '>= 1.3', required_providers: { alicloud: PROVIDER } },
    provider: { alicloud: { region: '${var.region}' } },
    variable: {
      ...Object.fromEntries(
        chosen.map((one) => [variableName(one.name), variableBlock(one, about)]),
      ),
      ...OWN_VARIABLES,
    },
    locals: {
      packages: '${var.packages == "" ? "${path.module}/../../../dist/packages" : var.packages}',
      policies:
        '${var.policies == "" ? "${path.module}/../../permissions/policies" : var.policies}',
    },
    resource: mergeResources(functions),
  };
}

/** Type → name → arguments, of all functions together. */
function mergeResources(
  all: readonly Readonly<Record<string, Block>>[],
): Readonly<Record<string, Block>> {
  const types = [...new Set(all.flatMap((one) => Object.keys(one)))];
  return Object.fromEntries(
    types.map((type) => [type, Object.assign({}, ...all.map((one) => one[type] ?? {})) as Block]),
  );
}
