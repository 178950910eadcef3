/**
 * What a call is checked against: `everything` where RAM knows no smaller resource for it, `owned-instance` an instance with the tag
 * `evenkeel:pool`.
 */
export type ResourceKind =
  'everything' | 'load-balancer' | 'instance' | 'owned-instance' | 'command' | 'domain';

/** What RAM asks for when one API is called. */
export interface ApiPermission {
  /** RAM's names, of which each is asked for; they are not always the API's. */
  readonly actions: readonly string[];
  /** Each of these resources is asked for. */
  readonly resources: readonly ResourceKind[];
  readonly isWrite: boolean;
}

const read = (action: string, ...resources: readonly ResourceKind[]): ApiPermission => ({
  actions: [action],
  resources: resources.length === 0 ? ['everything'] : resources,
  isWrite: false,
});

const write = (action: string, ...resources: readonly ResourceKind[]): ApiPermission => ({
  actions: [action],
  resources: resources.length === 0 ? ['everything'] : resources,
  isWrite: true,
});

/**
 * Every API that the adapters call, by product and name. Sources: the RAM sections of the API pages of CLB 2014-05-15, ECS 2014-05-26,
 * CloudMonitor 2019-01-01 and Alidns 2015-01-09. CloudMonitor checks `DescribeMetricLast` as `cms:QueryMetricLast`. CLB checks load
 * balancers; that it looks at the tags of the instances behind them is UNCONFIRMED, and an entry of an instance that no longer exists has
 * none, so membership is limited by load balancer.
 */
export const API_PERMISSIONS: Readonly<Record<string, ApiPermission>> = {
  'Slb.DescribeLoadBalancers': read('slb:DescribeLoadBalancers'),
  'Slb.DescribeLoadBalancerAttribute': read('slb:DescribeLoadBalancerAttribute', 'load-balancer'),
  'Slb.DescribeLoadBalancerListeners': read('slb:DescribeLoadBalancerListeners'),
  'Slb.DescribeHealthStatus': read('slb:DescribeHealthStatus', 'load-balancer'),
  'Slb.DescribeVServerGroups': read('slb:DescribeVServerGroups', 'load-balancer'),
  'Slb.DescribeVServerGroupAttribute': read('slb:DescribeVServerGroupAttribute', 'load-balancer'),
  'Slb.SetBackendServers': write('slb:SetBackendServers', 'load-balancer', 'instance'),
  'Slb.AddBackendServers': write('slb:AddBackendServers', 'load-balancer', 'instance'),
  'Slb.RemoveBackendServers': write('slb:RemoveBackendServers', 'load-balancer', 'instance'),
  'Slb.SetVServerGroupAttribute': write(
    'slb:SetVServerGroupAttribute',
    'load-balancer',
    'instance',
  ),
  'Slb.AddVServerGroupBackendServers': write(
    'slb:AddVServerGroupBackendServers',
    'load-balancer',
    'instance',
  ),
  'Slb.RemoveVServerGroupBackendServers': write(
    'slb:RemoveVServerGroupBackendServers',
    'load-balancer',
    'instance',
  ),
  'Ecs.DescribeInstances': read('ecs:DescribeInstances'),
  'Ecs.DescribeInstancesFullStatus': read('ecs:DescribeInstancesFullStatus'),
  'Ecs.DescribeInstanceHistoryEvents': read('ecs:DescribeInstanceHistoryEvents'),
  'Ecs.DescribeInstanceTypes': read('ecs:DescribeInstanceTypes'),
  'Ecs.DescribeInvocationResults': read('ecs:DescribeInvocationResults'),
  'Ecs.DescribeLaunchTemplateVersions': read('ecs:DescribeLaunchTemplateVersions'),
  'Ecs.DescribeSpotPriceHistory': read('ecs:DescribeSpotPriceHistory'),
  'Ecs.ListTagResources': read('ecs:ListTagResources'),
  'Ecs.TagResources': write('ecs:TagResources', 'instance'),
  'Ecs.UntagResources': write('ecs:UntagResources', 'instance'),
  'Ecs.RunCommand': write('ecs:RunCommand', 'command', 'instance'),
  'Ecs.RebootInstances': write('ecs:RebootInstances', 'instance'),
  'Ecs.RunInstances': write('ecs:RunInstances'),
  'Ecs.StartInstances': write('ecs:StartInstances', 'owned-instance'),
  'Ecs.StopInstances': write('ecs:StopInstances', 'owned-instance'),
  'Ecs.DeleteInstances': write('ecs:DeleteInstances', 'owned-instance'),
  'Cms.DescribeMetricLast': read('cms:QueryMetricLast'),
  'Cms.PutCustomMetric': write('cms:PutCustomMetric'),
  'Cms.DescribeMetricRuleList': read('cms:DescribeMetricRuleList'),
  'Cms.DescribeMetricRuleTargets': read('cms:DescribeMetricRuleTargets'),
  'Cms.DescribeEventRuleList': read('cms:DescribeEventRuleList'),
  'Cms.DescribeEventRuleTargetList': read('cms:DescribeEventRuleTargetList'),
  'Cms.DescribeContactGroupList': read('cms:DescribeContactGroupList'),
  'Cms.DescribeContactList': read('cms:DescribeContactList'),
  'Cms.DescribeMonitorResourceQuotaAttribute': read('cms:DescribeMonitorResourceQuotaAttribute'),
  'Cms.PutResourceMetricRule': write('cms:PutResourceMetricRule'),
  'Cms.DeleteMetricRules': write('cms:DeleteMetricRules'),
  'Cms.EnableMetricRules': write('cms:EnableMetricRules'),
  'Cms.PutMetricRuleTargets': write('cms:PutMetricRuleTargets'),
  'Cms.DeleteMetricRuleTargets': write('cms:DeleteMetricRuleTargets'),
  'Cms.PutEventRule': write('cms:PutEventRule'),
  'Cms.DeleteEventRules': write('cms:DeleteEventRules'),
  'Cms.PutEventRuleTargets': write('cms:PutEventRuleTargets'),
  'Cms.DeleteEventRuleTargets': write('cms:DeleteEventRuleTargets'),
  'Cms.PutContactGroup': write('cms:PutContactGroup'),
  'Cms.DeleteContactGroup': write('cms:DeleteContactGroup'),
  'Alidns.DescribeDomainRecords': read('alidns:DescribeDomainRecords', 'domain'),
  'Alidns.DescribeDomainRecordInfo': read('alidns:DescribeDomainRecordInfo', 'domain'),
  'Alidns.DescribeDNSSLBSubDomains': read('alidns:DescribeDNSSLBSubDomains', 'domain'),
  'Alidns.DescribeDomainInfo': read('alidns:DescribeDomainInfo', 'domain'),
  'Alidns.SetDomainRecordStatus': write('alidns:SetDomainRecordStatus', 'domain'),
  'Alidns.UpdateDomainRecordRemark': write('alidns:UpdateDomainRecordRemark', 'domain'),
  'Alidns.SetDNSSLBStatus': write('alidns:SetDNSSLBStatus', 'domain'),
  'Alidns.UpdateDNSSLBWeight': write('alidns:UpdateDNSSLBWeight', 'domain'),
};
