/** A variable with what it is for. */
export interface DescribedVariable {
  readonly name: string;
  readonly description: string;
}

const secret = (role: string, reader: string): readonly DescribedVariable[] => [
  {
    name: `EVENKEEL_${role}_SECRET`,
    description: `Given to ${reader} alone, under the name that the example policies use.`,
  },
  {
    name: `EVENKEEL_${role}_SECRET_NEXT`,
    description: 'The one that is accepted as well during a rotation.',
  },
];

const role = (functionName: string): DescribedVariable => ({
  name: `EVENKEEL_${functionName.toUpperCase().replaceAll('-', '_')}_ROLE`,
  description: `Role of ${functionName}, by name or as an ARN; left out: \`evenkeel-${functionName}\`.`,
});

/** What `s.yaml` takes from the environment when it deploys, besides what the functions read under the same name. */
export const DEPLOYMENT_VARIABLES: readonly DescribedVariable[] = [
  { name: 'EVENKEEL_ACCESS', description: 'Credentials of Serverless Devs, by their alias.' },
  { name: 'EVENKEEL_REGION', description: 'Region to deploy to; the policy there has the same.' },
  { name: 'EVENKEEL_VPC_ID', description: 'VPC of the pools.' },
  { name: 'EVENKEEL_VSWITCH_ID', description: 'vSwitch of the functions.' },
  { name: 'EVENKEEL_SECURITY_GROUP_ID', description: 'Security group of the functions.' },
  {
    name: 'EVENKEEL_NAS_SERVER',
    description: 'File system with policy, state and ticks, as `address:/folder`.',
  },
  ...[
    'on-alarm',
    'on-event',
    'on-timer',
    'reconcile-pool',
    'reconcile-failover',
    'probe',
    'operator',
    'console',
  ].map(role),
  {
    name: 'EVENKEEL_STORE_PASSWORD',
    description: 'Password of a Redis store, under the name that its address refers to.',
  },
  {
    name: 'EVENKEEL_STORE_PASSWORD_NEXT',
    description: 'The one that is tried as well during a rotation.',
  },
  {
    name: 'EVENKEEL_NOTIFY_URL',
    description:
      'Address of the robot or webhook that people are told through, under the name that a channel refers to.',
  },
  {
    name: 'EVENKEEL_NOTIFY_SECRET',
    description: 'The secret that signs its messages; empty where it has none.',
  },
  ...secret('ALARM', 'on-alarm'),
  ...secret('VOTER', 'on-alarm'),
  ...secret('APPROVAL', 'operator and console'),
  ...secret('CONSOLE', 'console'),
  ...secret('METRICS', 'console'),
];
