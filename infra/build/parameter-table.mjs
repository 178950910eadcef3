// Writes infra/local/openapi/parameters.json from the official request metadata (github.com/aliyun/aliyun-openapi-meta, Apache-2.0).
// `node infra/build/parameter-table.mjs DIRECTORY`, where DIRECTORY holds slb/, ecs/, cms/ and alidns/ with one <Action>.json each.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The actions that the local region serves or is about to serve, by product. */
const SELECTED = {
  Slb: {
    folder: 'slb',
    actions:
      /^(?!.*(AccessControl|WhiteList|AccessLogs|Price|Spec$|PayType|ChargeType))(Describe|List|Create|Delete|Set|Add|Remove|Modify|Start|Stop|Tag|Untag).*(LoadBalancer|BackendServer|VServerGroup|MasterSlave|HealthStatus|Rule|Tag|Region|Zone|Resources)/,
  },
  Ecs: {
    folder: 'ecs',
    actions:
      /^(Describe(Instances|AccountAttributes|AvailableResource|LaunchTemplates|LaunchTemplateVersions|SpotPriceHistory|InstanceStatus|InstancesFullStatus|InstanceHistoryEvents|InstanceAttribute|InstanceMonitorData|InstanceTypes|InstanceTypeFamilies|Invocations|InvocationResults|CloudAssistantStatus|Regions|Zones)|(Run|Invoke)Command|StopInvocation|RunInstances|DeleteInstances?|CreateLaunchTemplate(Version)?|(Start|Stop|Reboot)Instances?|ModifyInstance(Attribute|AutoReleaseTime)|(List)?TagResources|UntagResources|AcceptInquiredSystemEvent|CreateSimulatedSystemEvents)$/,
  },
  Cms: {
    folder: 'cms',
    actions:
      /^(DescribeMetric(Last|List|Data|Top|MetaList)|DescribeProjectMeta|PutResourceMetricRules?|(Describe|Delete|Enable|Disable)MetricRules?(List)?|(Put|Describe|Delete)MetricRuleTargets|PutEventRule(Targets)?|(Delete|Enable|Disable)EventRules|DeleteEventRuleTargets|DescribeEventRule(List|TargetList|Attribute)|DescribeSystemEvent(Attribute|Count|MetaList)|DescribeAlertLog(List|Count)|DescribeAlertHistoryList|SendDryRunSystemEvent|(Put|Delete)CustomMetric|DescribeCustomMetricList|PutCustomEvent|(Put|Describe|Delete)ContactGroup(List)?|DescribeContactList|DescribeMonitorResourceQuotaAttribute)$/,
  },
  Alidns: {
    folder: 'alidns',
    actions:
      /^((Add|Update|Delete|Describe)DomainRecords?|DescribeDomainRecordInfo|(Describe|Delete)SubDomainRecords|SetDomainRecordStatus|UpdateDomainRecordRemark|SetDNSSLBStatus|UpdateDNSSLBWeight|DescribeDNSSLBSubDomains|AddDomain|DescribeDomains|DescribeDomainInfo)$/,
  },
};

/** `Tag.N.Key:String!` — lists carry `.N`, members of structures their path; `!` marks what must be sent. */
const describe = (parameter, prefix = '') => {
  const isList = parameter.type === 'RepeatList' || parameter.type === 'Array';
  const path = `${prefix}${parameter.name}${isList ? '.N' : ''}`;
  const nested = parameter.sub_parameters ?? [];
  const mark = parameter.required ? '!' : '';
  const own =
    nested.length === 0 || parameter.required
      ? [
          `${path}:${nested.length === 0 && !isList ? parameter.type : isList ? 'List' : 'Struct'}${mark}`,
        ]
      : [];
  return [...own, ...nested.flatMap((child) => describe(child, `${path}.`))];
};

const directory = process.argv[2];
if (directory === undefined) {
  console.error('Usage: node infra/build/parameter-table.mjs DIRECTORY');
  process.exit(2);
}
const table = {};
for (const [product, { folder, actions }] of Object.entries(SELECTED)) {
  const names = readdirSync(join(directory, folder))
    .map((file) => file.replace(/\.json$/, ''))
    .filter((name) => actions.test(name))
    .sort();
  const read = (name) => JSON.parse(readFileSync(join(directory, folder, `${name}.json`), 'utf8'));
  table[product] = Object.fromEntries(
    names.map((name) => [
      name,
      read(name)
        .parameters.flatMap((parameter) => describe(parameter))
        .join(' '),
    ]),
  );
}
const output = fileURLToPath(new URL('../local/openapi/parameters.json', import.meta.url));
writeFileSync(output, `${JSON.stringify(table, null, 2)}\n`);
console.log(
  Object.entries(table)
    .map(([product, actions]) => `${product}: ${Object.keys(actions).length} actions`)
    .join('\n'),
);
