import { FUNCTION_NEEDS, type FunctionName } from './function-needs';
import { type RamPolicy } from './ram-policy';

/** Who may take on the role of a function: Function Compute. */
export const TRUST_POLICY = {
  Version: '1',
  Statement: [
    { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: ['fc.aliyuncs.com'] } },
  ],
} as const;

/** The one role of an FC 2.0 service. */
export const SERVICE_ROLE = 'evenkeel-service';

export interface NamedPolicy {
  readonly name: FunctionName;
  readonly policy: RamPolicy;
}

/** A value for a POSIX shell. JSON has no single quotes of its own here. */
const quoted = (value: unknown): string => `'${JSON.stringify(value)}'`;

const createRole = (role: string): string =>
  `aliyun ram CreateRole --RoleName ${role} --AssumeRolePolicyDocument ${quoted(TRUST_POLICY)}`;

/**
 * Commands of the vendor's `aliyun` program that make a role for each function and attach the least it needs; with a service of FC 2.0
 * one role for all of them. Run again they are refused with `EntityAlreadyExists`, which changes nothing.
 */
export function roleCommands(
  functions: readonly NamedPolicy[],
  service: string | null,
): readonly string[] {
  const roleOf = (name: FunctionName): string =>
    service === null ? `evenkeel-${name}` : SERVICE_ROLE;
  const roles = [...new Set(functions.map(({ name }) => roleOf(name)))];
  return [
    ...roles.map(createRole),
    ...functions
      .filter(
        ({ name }) => FUNCTION_NEEDS[name].apis.length + FUNCTION_NEEDS[name].invokes.length > 0,
      )
      .flatMap(({ name, policy }) => [
        `aliyun ram CreatePolicy --PolicyName evenkeel-${name} --PolicyDocument ${quoted(policy)}`,
        `aliyun ram AttachPolicyToRole --PolicyType Custom --PolicyName evenkeel-${name} --RoleName ${roleOf(name)}`,
      ]),
  ];
}
