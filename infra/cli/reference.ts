import { type Command, type Option } from 'commander';
import { DEPLOYMENT_VARIABLES } from '../../shared/config/deployment-variables';
import { ENVIRONMENT_VARIABLES } from '../../shared/config/environment';
import { policyFields, type PolicyField } from '../../shared/config/json-schema';
import { LINT_CODES } from '../../shared/config/lint';
import { NAME_REASONS } from '../../shared/domain/failover/name-reasons';
import { REASONS } from '../../shared/domain/reasons';
import { SIGNALS } from '../../shared/domain/signals';
import { METRICS } from '../../shared/metrics/metric-table';
import { EXIT_CODES } from './exit-codes';
import { buildProgram } from './program';
import { createColors } from 'picocolors';

const cell = (text: string): string => text.replace(/\|/g, '\\|').replace(/\n/g, ' ');

const markdownTable = (headings: readonly string[], rows: readonly (readonly string[])[]): string =>
  [
    `| ${headings.join(' | ')} |`,
    `| ${headings.map(() => '---').join(' | ')} |`,
    ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`),
  ].join('\n');

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** The command line, never run: only its help is read. */
const program = (): Command =>
  buildProgram({
    terminal: {
      out: () => undefined,
      err: () => undefined,
      colours: createColors(false),
      isInteractive: false,
    },
    variables: {},
    now: () => 0,
    onInterrupt: () => undefined,
    finish: () => undefined,
  });

const optionDefault = (option: Option): string =>
  option.defaultValue === undefined
    ? ''
    : ` Default: ${option.defaultValueDescription ?? String(option.defaultValue)}.`;

function commandText(command: Command, name: string): string {
  const nested = command.commands.filter((one) => one.name() !== 'help');
  if (nested.length > 0)
    return nested.map((one) => commandText(one, `${name} ${one.name()}`)).join('\n\n');
  const argumentRows = command.registeredArguments.map((argument) => [
    `\`${argument.required ? `<${argument.name()}>` : `[${argument.name()}]`}\``,
    sentence(argument.description),
  ]);
  const optionRows = command.options.map((option) => [
    `\`${option.flags}\``,
    `${sentence(option.description)}.${optionDefault(option)}${option.mandatory ? ' Required.' : ''}`,
  ]);
  return [
    `### \`${name}\``,
    `${sentence(command.description())}.`,
    markdownTable(['Argument or flag', 'Meaning'], [...argumentRows, ...optionRows]),
  ].join('\n\n');
}

const defaultText = (field: PolicyField): string => {
  if (field.isRequired) return 'required';
  const value = field.default;
  if (value === undefined) return '–';
  return typeof value === 'object' &&
    value !== null &&
    Object.keys(value).length === 0 &&
    !Array.isArray(value)
    ? 'all defaults'
    : `\`${JSON.stringify(value).replace(/^"(.*)"$/, '$1')}\``;
};

const fieldRow = (field: PolicyField): readonly string[] => [
  `\`${field.path}\``,
  field.values,
  defaultText(field),
  field.description + (field.why === undefined ? '' : ` *Default: ${field.why}.*`),
];

const commandSection = (): string =>
  [
    'Every command prints tables for people, or with `--json` one JSON document, errors included. Colours appear only on a terminal and never with `NO_COLOR`.',
    ...program()
      .commands.filter((one) => one.name() !== 'help')
      .map((one) => commandText(one, `evenkeel ${one.name()}`)),
  ].join('\n\n');

const exitSection = (): string =>
  markdownTable(
    ['Code', 'Meaning'],
    Object.values(EXIT_CODES).map(({ code, meaning }) => [String(code), meaning]),
  );

const policySection = (): string =>
  [
    "Durations are a whole number and a unit: `250ms`, `30s`, `5m`, `1h`, `7d`. Shares are per cent with at most one decimal: `10%`, `0.5%`. Rates are a number a second: `120/s`. Times of day are hours and minutes in quotes: `'08:00'`. The file is closed: a key that is not listed here is an error.",
    markdownTable(['Field', 'Value', 'Default', 'Meaning'], policyFields().map(fieldRow)),
  ].join('\n\n');

const lintSection = (): string =>
  [
    'Beside the schema, `validate` and `plan` know these. An error makes the policy invalid.',
    markdownTable(
      ['Code', 'Severity', 'Meaning'],
      LINT_CODES.map(({ code, severity, about }) => [`\`${code}\``, severity, about]),
    ),
  ].join('\n\n');

const environmentSection = (): string =>
  [
    markdownTable(
      ['Variable', 'Default', 'Meaning'],
      ENVIRONMENT_VARIABLES.map(({ name, default: preset, description }) => [
        `\`${name}\``,
        preset === '' ? '–' : `\`${preset}\``,
        description,
      ]),
    ),
    'Secrets are read under the names that the policy gives as `env:NAME`, each by the function that needs it. Besides some of these, `s.yaml` takes the following from the environment when it deploys:',
    markdownTable(
      ['Variable', 'Meaning'],
      DEPLOYMENT_VARIABLES.map(({ name, description }) => [`\`${name}\``, description]),
    ),
  ].join('\n\n');

const signalSection = (): string =>
  markdownTable(
    ['Signal', 'Source', 'Delay', 'Cost', 'Strength'],
    Object.entries(SIGNALS).map(([name, signal]) => [
      `\`${name}\``,
      signal.source,
      signal.delay,
      signal.cost,
      signal.strength,
    ]),
  );

const reasonSection = (): string =>
  [
    'Every conclusion, and every refusal of a guard, carries one of these.',
    markdownTable(
      ['Code', 'Meaning'],
      Object.entries(REASONS).map(([code, meaning]) => [`\`${code}\``, meaning]),
    ),
    'About a public name and its sites:',
    markdownTable(
      ['Code', 'Meaning'],
      Object.entries(NAME_REASONS).map(([code, meaning]) => [`\`${code}\``, meaning]),
    ),
  ].join('\n\n');

const metricSection = (): string =>
  [
    'What `/metrics` tells. Counters end in `_total` and begin anew when the state store is lost. [Watching the loop](monitoring.md) has scraping, alert rules and the dashboard.',
    markdownTable(
      ['Metric', 'Labels', 'Meaning'],
      Object.values(METRICS).map(({ name, labels, help }) => [
        `\`${name}\``,
        labels.map((label) => `\`${label}\``).join(', ') || '–',
        help,
      ]),
    ),
  ].join('\n\n');

/** `docs/reference.md`, made from the code itself. */
export function referenceText(): string {
  const sections: readonly (readonly [string, string])[] = [
    ['Commands', commandSection()],
    ['Exit codes', exitSection()],
    ['Policy file', policySection()],
    ['Lint', lintSection()],
    ['Environment', environmentSection()],
    ['Signals', signalSection()],
    ['Reasons', reasonSection()],
    ['Metrics', metricSection()],
  ];
  const head = [
    '# Reference',
    'Made from the code by `node infra/build/reference.mjs`; a test fails when it is out of date.',
  ];
  return `${[...head, ...sections.map(([title, body]) => `## ${title}\n\n${body}`)].join('\n\n')}\n`;
}
