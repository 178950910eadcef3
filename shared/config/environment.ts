import { z } from 'zod';
import { type Millis } from '../domain/units';
import { DEPLOYMENT_VARIABLES } from './deployment-variables';
import { type RotatingSecret, type SecretReference } from './fleet-policy';
import { durationText } from './notation';
import { endpointText, regionsText, type RegionEndpoints } from './region-endpoints';
import { Secret } from './secret';
import { type StoreAddress, storeAddressText } from './store-address';
import { suggest } from './suggest';

/** Environment variables, as `process.env` has them. */
export type Variables = Readonly<Record<string, string | undefined>>;

const functionName = (preset: string) => z.string().min(1).default(preset);
const path = z.string().min(1, { error: 'must not be empty' });

/** Every variable that Evenkeel reads, besides those that a policy refers to as `env:NAME`. */
const variablesSchema = z.object({
  EVENKEEL_POLICY: path.default('evenkeel.yaml').meta({ description: 'Policy file.' }),
  EVENKEEL_POLICY_FROM: z
    .enum(['file', 'store'], { error: 'must be file or store' })
    .default('file')
    .meta({
      description:
        'Where functions read the policy: `file`, or `store`, where `evenkeel policy push` puts it. Of the policy file only `region` and `store` are read then.',
    }),
  EVENKEEL_STORE: storeAddressText().meta({
    description:
      'State store, in place of the policy’s: `file:FOLDER`, or `redis://[USER@]HOST[:PORT][/DATABASE]` (`rediss://` for TLS) with `?password=env:NAME`, `nextPassword`, `ca` (a file), `namespace` (`evenkeel`), `replicas` that must have a change (0), `replicaTimeout` (500ms), `connectTimeout`, `commandTimeout` (1s) and `attempts` (3).',
  }),
  EVENKEEL_STATE_PATH: path
    .optional()
    .meta({ description: 'Folder of the state, in place of store.path.' }),
  EVENKEEL_ARCHIVE_PATH: path
    .optional()
    .meta({ description: 'Folder of the ticks, in place of archive.path.' }),
  EVENKEEL_OPENAPI_ENDPOINT: endpointText().meta({
    description:
      'One OpenAPI endpoint for every product, such as the local region’s; left out: the vendor’s.',
  }),
  EVENKEEL_OPENAPI_PROTOCOL: z
    .enum(['http', 'https'], { error: 'must be http or https' })
    .default('https')
    .meta({ description: 'Protocol of OpenAPI and Function Compute.' }),
  EVENKEEL_OPENAPI_NETWORK: z
    .enum(['public', 'vpc'], { error: 'must be public or vpc' })
    .default('public')
    .meta({ description: '`vpc` reaches OpenAPI from inside a VPC without public address.' }),
  EVENKEEL_FC_ENDPOINT: endpointText().meta({
    description: 'Function Compute endpoint; left out: the account’s in its region.',
  }),
  EVENKEEL_FC_SERVICE: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Service of an FC 2.0 deployment; left out: FC 3.0.' }),
  EVENKEEL_METRIC_PERIOD: durationText({ min: 1000, max: 60_000 }).prefault('60s').meta({
    description:
      'Time between two points of a CloudMonitor metric; 60s in the cloud, shorter in a rehearsal.',
  }),
  EVENKEEL_WORKER: functionName('evenkeel-reconcile-pool').meta({
    description: 'Function that on-alarm, on-event and on-timer call.',
  }),
  EVENKEEL_FAILOVER_WORKER: functionName('evenkeel-reconcile-failover').meta({
    description: 'Function that looks after names; it runs in the home region.',
  }),
  EVENKEEL_OPERATOR: functionName('evenkeel-operator').meta({
    description: 'Function that is asked about the pools of another region.',
  }),
  EVENKEEL_PROBE: functionName('evenkeel-probe').meta({
    description: 'Function that looks at sites from another region.',
  }),
  ALIBABA_CLOUD_ACCOUNT_ID: z
    .string()
    .regex(/^\d{4,20}$/, { error: 'must be an account id: digits only' })
    .optional()
    .meta({
      description:
        'Account whose `probe` and `operator` functions the command line asks; functions know theirs. Left out: `plan --name` asks no vantage.',
    }),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ error: 'must be a web address such as http://collector:4318', protocol: /^https?$/ })
    .or(z.literal(''))
    .default('')
    .transform((text) => (text === '' ? null : text))
    .meta({
      description:
        'Collector that traces of the loop’s turns are sent to (OTLP over HTTP, JSON); left out: nothing is traced. `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_SERVICE_NAME` and `OTEL_TRACES_SAMPLER` are heeded as everywhere.',
    }),
  EVENKEEL_REGIONS: regionsText().meta({
    description:
      'Endpoints of other regions in a rehearsal, as JSON: `{"cn-a": {"openapi": "host:port", "functions": "host:port"}}`; left out: the vendor’s.',
  }),
});

export interface Environment {
  readonly policyFile: string;
  /** Where functions read the policy; the command line always reads the file. */
  readonly policyFrom: 'file' | 'store';
  /** Null: the policy says where the state is. */
  readonly store: StoreAddress | null;
  readonly statePath: string | null;
  readonly archivePath: string | null;
  readonly openApi: {
    readonly endpoint: string | undefined;
    readonly protocol: 'HTTP' | 'HTTPS';
    readonly network: 'public' | 'vpc';
  };
  /** Time between two points of a metric. */
  readonly metricPeriodMs: Millis;
  readonly functionCompute: {
    readonly endpoint: string | undefined;
    readonly service: string | undefined;
    readonly worker: string;
    readonly failoverWorker: string;
    readonly operator: string;
    readonly probe: string;
  };
  /** Null when nobody said it: the command line then calls no function. */
  readonly accountId: string | null;
  /** Collector of traces; null: nothing is traced. */
  readonly traceEndpoint: string | null;
  /** By region id; regions that are not named are at the vendor’s addresses. */
  readonly regions: Readonly<Record<string, RegionEndpoints>>;
}

export type EnvironmentReading =
  | { readonly kind: 'ok'; readonly environment: Environment }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

/** Variables with their descriptions and defaults, for the reference. */
export const ENVIRONMENT_VARIABLES: readonly {
  readonly name: string;
  readonly description: string;
  readonly default: string;
}[] = Object.entries(z.toJSONSchema(variablesSchema, { io: 'input' }).properties ?? {}).map(
  ([name, schema]) => ({
    name,
    description: typeof schema === 'object' ? (schema.description ?? '') : '',
    default: typeof schema === 'object' && typeof schema.default === 'string' ? schema.default : '',
  }),
);

/** A variable of ours that is nearly one we read: left alone, it would silently point at the real cloud. */
function misspelt(variables: Variables): readonly string[] {
  const known = ENVIRONMENT_VARIABLES.map((variable) => variable.name);
  const others = DEPLOYMENT_VARIABLES.map((variable) => variable.name);
  return Object.keys(variables)
    .filter((name) => name.startsWith('EVENKEEL_') && ![...known, ...others].includes(name))
    .flatMap((name) => {
      const guess = suggest(
        name.slice('EVENKEEL_'.length),
        known.map((one) => one.slice('EVENKEEL_'.length)),
      );
      return guess === undefined ? [] : [`${name}: is not read; did you mean EVENKEEL_${guess}?`];
    });
}

const unsetPasswords = (
  store: StoreAddress | undefined,
  variables: Variables,
): readonly string[] =>
  store?.kind === 'redis'
    ? store.passwords
        .filter((reference) => (lookUp(reference, variables) ?? '') === '')
        .map((reference) => `EVENKEEL_STORE: ${reference}: the variable is not set`)
    : [];

/** Reads and checks the variables; all problems together. Values of secrets are never part of a message. */
export function readEnvironment(variables: Variables = process.env): EnvironmentReading {
  const parsed = variablesSchema.safeParse(variables);
  const wrong = parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  const lacking = parsed.success ? unsetPasswords(parsed.data.EVENKEEL_STORE, variables) : [];
  const problems = [...misspelt(variables), ...wrong, ...lacking];
  if (!parsed.success || problems.length > 0) return { kind: 'invalid', problems };
  const read = parsed.data;
  return {
    kind: 'ok',
    environment: {
      policyFile: read.EVENKEEL_POLICY,
      policyFrom: read.EVENKEEL_POLICY_FROM,
      store: read.EVENKEEL_STORE ?? null,
      statePath: read.EVENKEEL_STATE_PATH ?? null,
      archivePath: read.EVENKEEL_ARCHIVE_PATH ?? null,
      openApi: {
        endpoint: read.EVENKEEL_OPENAPI_ENDPOINT,
        protocol: read.EVENKEEL_OPENAPI_PROTOCOL === 'http' ? 'HTTP' : 'HTTPS',
        network: read.EVENKEEL_OPENAPI_NETWORK,
      },
      metricPeriodMs: read.EVENKEEL_METRIC_PERIOD,
      functionCompute: {
        endpoint: read.EVENKEEL_FC_ENDPOINT,
        service: read.EVENKEEL_FC_SERVICE,
        worker: read.EVENKEEL_WORKER,
        failoverWorker: read.EVENKEEL_FAILOVER_WORKER,
        operator: read.EVENKEEL_OPERATOR,
        probe: read.EVENKEEL_PROBE,
      },
      accountId: read.ALIBABA_CLOUD_ACCOUNT_ID ?? null,
      traceEndpoint: read.OTEL_EXPORTER_OTLP_ENDPOINT,
      regions: read.EVENKEEL_REGIONS ?? {},
    },
  };
}

/** The secrets that are accepted now: the current one, and during a rotation the next. */
export interface AcceptedSecrets {
  readonly current: Secret;
  readonly next: Secret | null;
}

const lookUp = (reference: SecretReference, variables: Variables): string | undefined =>
  variables[reference.slice('env:'.length)];

/** What a reference leads to. Throws when the variable is not set. */
export function followReference(
  reference: SecretReference,
  variables: Variables = process.env,
): Secret {
  const value = lookUp(reference, variables) ?? '';
  if (value === '') throw new Error(`${reference}: the variable is not set`);
  return new Secret(value);
}

/** A shorter text would be hidden wherever it happens to stand. */
const SECRET_LENGTH_MIN = 8;

/** Every secret that a policy or an address refers to as `env:NAME` and that is set here, to be kept out of logs. */
export function secretsReferredTo(
  settings: unknown,
  variables: Variables = process.env,
): readonly string[] {
  const references = JSON.stringify(settings).match(/env:[A-Za-z]\w*/g) ?? [];
  const values = [...new Set(references)].map((name) => variables[name.slice('env:'.length)]);
  return values.flatMap((text = '') => (text.length < SECRET_LENGTH_MIN ? [] : [text]));
}

/** Follows the references of a rotating secret. Problems name the variable, never its value. */
export function resolveSecrets(
  references: RotatingSecret,
  variables: Variables = process.env,
):
  | { readonly kind: 'ok'; readonly secrets: AcceptedSecrets }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] } {
  const used = [references.current, ...(references.next === null ? [] : [references.next])];
  const problems = used.flatMap((reference) => {
    const value = lookUp(reference, variables);
    if (value === undefined || value === '') return [`${reference}: the variable is not set`];
    return value.length < 16 ? [`${reference}: must have at least 16 characters`] : [];
  });
  const current = lookUp(references.current, variables);
  if (problems.length > 0 || current === undefined) return { kind: 'invalid', problems };
  const next = references.next === null ? undefined : lookUp(references.next, variables);
  return {
    kind: 'ok',
    secrets: { current: new Secret(current), next: next === undefined ? null : new Secret(next) },
  };
}
