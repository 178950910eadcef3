import { z } from 'zod';

/**
 * The part of `s.yaml` (edition 3.0.0, component fc3) that this project uses. Stricter than the vendor's own schema, which lets
 * unknown keys and any trigger configuration pass: here a misspelt key is an error.
 */
const seconds = (max: number) => z.int().min(1).max(max);
const triggerName = z.string().regex(/^[A-Za-z_][\w-]{0,127}$/);
/** Without one the component takes LATEST; written out, nobody wonders which version a trigger calls. */
const qualifier = z.string().min(1);
const hook = (max: number) => z.strictObject({ handler: z.string(), timeout: seconds(max) });

const destination = z.strictObject({ destination: z.string().regex(/^acs:/) }).optional();

const httpTrigger = z.strictObject({
  triggerName,
  qualifier,
  triggerType: z.literal('http'),
  description: z.string().optional(),
  triggerConfig: z.strictObject({
    authType: z.enum(['anonymous', 'function']),
    methods: z.array(z.enum(['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'PATCH', 'OPTIONS'])).min(1),
    disableURLInternet: z.boolean().optional(),
  }),
});

const timerTrigger = z.strictObject({
  triggerName,
  qualifier,
  triggerType: z.literal('timer'),
  description: z.string().optional(),
  triggerConfig: z.strictObject({
    cronExpression: z.string().regex(/^@every [1-9]\d*m$/),
    enable: z.boolean(),
    payload: z.string(),
  }),
});

const eventBridgeTrigger = z.strictObject({
  triggerName,
  qualifier,
  triggerType: z.literal('eventbridge'),
  description: z.string().optional(),
  triggerConfig: z.strictObject({
    triggerEnable: z.boolean(),
    asyncInvocationType: z.boolean(),
    eventRuleFilterPattern: z.string(),
    eventSourceConfig: z.strictObject({ eventSourceType: z.literal('Default') }),
    eventSinkConfig: z.strictObject({
      deliveryOption: z.strictObject({
        mode: z.literal('event-driven'),
        eventSchema: z.literal('CloudEvents'),
      }),
    }),
  }),
});

const functionProps = z.strictObject({
  region: z.string().regex(/^[a-z]{2}-[a-z0-9-]+$/),
  functionName: z.string().regex(/^[A-Za-z_][\w-]{0,63}$/),
  description: z.string().optional(),
  runtime: z.literal('nodejs20'),
  handler: z.string().regex(/^[\w/-]+\.\w+$/),
  code: z.string().regex(/^\.\//),
  memorySize: z.int().min(128).max(32_768).multipleOf(64),
  cpu: z.number().min(0.05).max(16).multipleOf(0.05),
  diskSize: z.literal([512, 10_240]),
  timeout: seconds(86_400),
  environmentVariables: z.record(z.string().regex(/^(?!FC_)[A-Za-z]\w*$/), z.string()),
  role: z.string().min(1),
  vpcConfig: z
    .literal('auto')
    .or(
      z.strictObject({
        vpcId: z.string().regex(/^vpc-\w+$/),
        vSwitchIds: z.array(z.string().regex(/^vsw-\w+$/)).min(1),
        securityGroupId: z.string().regex(/^sg-\w+$/),
      }),
    )
    .optional(),
  internetAccess: z.boolean().optional(),
  resourceGroupId: z.string().optional(),
  tags: z.array(z.strictObject({ key: z.string().min(1), value: z.string() })).optional(),
  nasConfig: z
    .strictObject({
      userId: z.int(),
      groupId: z.int(),
      mountPoints: z
        .array(
          z.strictObject({
            serverAddr: z.string().regex(/^[\w.-]+:\//),
            mountDir: z.string().regex(/^\//),
            enableTLS: z.boolean(),
          }),
        )
        .min(1),
    })
    .optional(),
  logConfig: z
    .literal('auto')
    .or(
      z.strictObject({
        project: z.string().min(1),
        logstore: z.string().min(1),
        enableInstanceMetrics: z.boolean().optional(),
        enableRequestMetrics: z.boolean().optional(),
        logBeginRule: z.enum(['None', 'DefaultRegex']).optional(),
      }),
    )
    .optional(),
  concurrencyConfig: z.strictObject({ reservedConcurrency: z.int().min(1) }),
  instanceLifecycleConfig: z
    .strictObject({ initializer: hook(300).optional(), preStop: hook(90).optional() })
    .optional(),
  asyncInvokeConfig: z.strictObject({
    maxAsyncEventAgeInSeconds: seconds(604_800),
    maxAsyncRetryAttempts: z.int().min(0).max(8),
    destinationConfig: z
      .strictObject({ onFailure: destination, onSuccess: destination })
      .optional(),
  }),
  triggers: z
    .array(z.discriminatedUnion('triggerType', [httpTrigger, timerTrigger, eventBridgeTrigger]))
    .optional(),
});

const actions = z.strictObject({
  'pre-deploy': z.array(z.strictObject({ run: z.string(), path: z.string() })),
});

export const serverlessSchema = z.strictObject({
  edition: z.literal('3.0.0'),
  name: z.string(),
  access: z.string(),
  vars: z.record(z.string(), z.string()),
  actions: actions.optional(),
  resources: z.record(
    z.string(),
    z.strictObject({
      component: z.string().regex(/^fc3(@\d+\.\d+\.\d+)?$/),
      actions: actions.optional(),
      props: functionProps,
    }),
  ),
});

export type FunctionProps = z.infer<typeof functionProps>;
