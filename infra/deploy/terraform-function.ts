import { TRUST_POLICY } from '../permissions/role-commands';
import { type FunctionProps } from './serverless-schema';

/** A block of Terraform's JSON syntax. */
export type Block = Readonly<Record<string, unknown>>;

/** Example: reconcile-pool → reconcile_pool. */
const label = (name: string): string => name.replaceAll('-', '_');

const TRUST = JSON.stringify(TRUST_POLICY);

/** All resources of one function: type → name → arguments. Without permissions the role has no policy. */
export function functionResources(
  name: string,
  props: FunctionProps,
  hasPolicy: boolean,
): Readonly<Record<string, Block>> {
  const own = label(name);
  const functionName = `\${alicloud_fcv3_function.${own}.function_name}`;
  return {
    alicloud_ram_role: { [own]: roleOf(name, props) },
    ...(hasPolicy ? policyResources(name, own) : {}),
    alicloud_fcv3_function: { [own]: functionArguments(name, own, props) },
    alicloud_fcv3_concurrency_config: {
      [own]: {
        function_name: functionName,
        reserved_concurrency: props.concurrencyConfig.reservedConcurrency,
      },
    },
    alicloud_fcv3_async_invoke_config: {
      [own]: {
        function_name: functionName,
        qualifier: 'LATEST',
        max_async_event_age_in_seconds: props.asyncInvokeConfig.maxAsyncEventAgeInSeconds,
        max_async_retry_attempts: props.asyncInvokeConfig.maxAsyncRetryAttempts,
      },
    },
    alicloud_fcv3_trigger: Object.fromEntries(
      (props.triggers ?? []).map((trigger) => [
        label(`${own}_${trigger.triggerName}`),
        {
          function_name: functionName,
          trigger_name: trigger.triggerName,
          trigger_type: trigger.triggerType,
          qualifier: trigger.qualifier,
          trigger_config: JSON.stringify(trigger.triggerConfig),
        },
      ]),
    ),
  };
}

const roleOf = (name: string, { functionName }: FunctionProps): Block => ({
  role_name: functionName,
  description: `What ${name} of Evenkeel may do`,
  assume_role_policy_document: TRUST,
});

const policyResources = (name: string, own: string): Readonly<Record<string, Block>> => ({
  alicloud_ram_policy: {
    [own]: {
      policy_name: `\${alicloud_ram_role.${own}.role_name}`,
      description: `The least that ${name} of Evenkeel needs`,
      policy_document: `\${file("\${local.policies}/${name}.json")}`,
    },
  },
  alicloud_ram_role_policy_attachment: {
    [own]: {
      role_name: `\${alicloud_ram_role.${own}.role_name}`,
      policy_name: `\${alicloud_ram_policy.${own}.policy_name}`,
      policy_type: 'Custom',
    },
  },
});

const functionArguments = (name: string, own: string, props: FunctionProps): Block => ({
  function_name: props.functionName,
  description: props.description ?? '',
  runtime: props.runtime,
  handler: props.handler,
  memory_size: props.memorySize,
  cpu: props.cpu,
  disk_size: props.diskSize,
  timeout: props.timeout,
  role: `\${alicloud_ram_role.${own}.arn}`,
  code: [{ zip_file: `\${filebase64("\${local.packages}/${name}.zip")}` }],
  environment_variables: props.environmentVariables,
  ...vpcOf(props),
  ...nasOf(props),
  dynamic: {
    log_config: {
      for_each: '${var.log_project == "" ? [] : [1]}',
      content: [
        { project: '${var.log_project}', logstore: '${var.log_store}', log_begin_rule: 'None' },
      ],
    },
  },
});

function vpcOf({ vpcConfig }: FunctionProps): Block {
  if (vpcConfig === undefined || vpcConfig === 'auto') return {};
  const { vpcId, vSwitchIds, securityGroupId } = vpcConfig;
  return {
    vpc_config: [{ vpc_id: vpcId, vswitch_ids: vSwitchIds, security_group_id: securityGroupId }],
  };
}

function nasOf({ nasConfig }: FunctionProps): Block {
  if (nasConfig === undefined) return {};
  const mounts = nasConfig.mountPoints.map(({ serverAddr, mountDir, enableTLS }) => ({
    server_addr: serverAddr,
    mount_dir: mountDir,
    enable_tls: enableTLS,
  }));
  return {
    nas_config: [{ user_id: nasConfig.userId, group_id: nasConfig.groupId, mount_points: mounts }],
  };
}
