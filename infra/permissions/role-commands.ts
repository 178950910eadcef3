import { FUNCTION_NEEDS, type FunctionName } from './function-needs';
import { type PermissionScope, type RamPolicy } from './ram-policy';

/** Who may take on the role of a function: Function Compute. */
export const TRUST_POLICY = {
  Version: '1',
  Statement: [
    { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: ['fc.aliyuncs.com'] } },
  ],
} as const;

/** The one role of an FC 2.0 service. */
export const SERVICE_ROLE = 'evenkeel-service';

/** What else the role of a service needs. */
export interface ServiceAccess {
  readonly role: string;
  /** Policies of the vendor. */
  readonly systemPolicies: readonly string[];
  readonly policy: RamPolicy;
}

/**
 * FC 2.0 enters the VPC and writes logs as the role of the service; without that a function is not even started. FC 3.0 has a
 * service-linked role for both. Source: the vendor's pages on permissions of FC 2.0 services.
 */
export const serviceAccess = ({ accountId, regionIds }: PermissionScope): ServiceAccess => ({
  role: SERVICE_ROLE,
  systemPolicies: ['AliyunECSNetworkInterfaceManagementAccess'],
  policy: {
    Version: '1',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['log:PostLogStoreLogs'],
        Resource: regionIds.map((region) => `acs:log:${region}:${accountId}:project/*/logstore/*`),
      },
    ],
  },
});

export interface NamedPolicy {
  readonly name: FunctionName;
  readonly policy: RamPolicy;
}

/** A value for a POSIX shell. JSON has no single quotes of its own here. */
const quoted = (value: unknown): string => `'${JSON.stringify(value)}'`;

const createRole = (role: string): string =>
  `aliyun ram CreateRole --RoleName ${role} --AssumeRolePolicyDocument ${quoted(TRUST_POLICY)}`;

const customPolicy = (policyName: string, policy: RamPolicy, role: string): readonly string[] => [
  `aliyun ram CreatePolicy --PolicyName ${policyName} --PolicyDocument ${quoted(policy)}`,
  `aliyun ram AttachPolicyToRole --PolicyType Custom --PolicyName ${policyName} --RoleName ${role}`,
];

const accessCommands = ({ role, systemPolicies, policy }: ServiceAccess): readonly string[] => [
  ...systemPolicies.map(
    (name) =>
      `aliyun ram AttachPolicyToRole --PolicyType System --PolicyName ${name} --RoleName ${role}`,
  ),
  ...customPolicy(`${role}-logs`, policy, role),
];

/**
 * Commands of the vendor's `aliyun` program that make a role for each function and attach the least it needs; with a service of FC 2.0
 * one role for all of them, and what that needs besides. Run again they are refused with `EntityAlreadyExists`, which changes nothing.
 */
export function roleCommands(
  functions: readonly NamedPolicy[],
  service: ServiceAccess | null,
): readonly string[] {
  const roleOf = (name: FunctionName): string => service?.role ?? `evenkeel-${name}`;
  const roles = [...new Set(functions.map(({ name }) => roleOf(name)))];
  return [
    ...roles.map(createRole),
    ...(service === null ? [] : accessCommands(service)),
    ...functions
      .filter(
        ({ name }) => FUNCTION_NEEDS[name].apis.length + FUNCTION_NEEDS[name].invokes.length > 0,
      )
      .flatMap(({ name, policy }) => customPolicy(`evenkeel-${name}`, policy, roleOf(name))),
  ];
}
