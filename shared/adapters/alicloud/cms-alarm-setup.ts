import {
  type AlarmRule,
  type AlarmSetup,
  type ContactGroup,
  type EventRule,
  type MetricQuota,
} from '../../ports/alarm-setup';
import { type CallOptions } from '../../ports/load-balancer';
import { functionTargetOf, readRule, ruleQuery, TARGET_ID, targetQuery } from './alarm-rules';
import { eventRuleQuery, eventTargetQuery, readEventRule } from './event-rules';
import {
  type Fields,
  fieldsAt,
  numberAt,
  optionalListAt,
  textAt,
  textsAt,
  unreadable,
} from './reply';
import { type Rpc } from './rpc';

export interface CmsAlarmSetupOptions {
  readonly rpc: Rpc;
  readonly regionId: string;
  /** Whose functions are rung. */
  readonly accountId: string;
}

const PAGE_SIZE = 100;

/** Alarm rules, event rules and contact groups of CloudMonitor 2019-01-01 in one region. */
export class CmsAlarmSetup implements AlarmSetup {
  private readonly options: CmsAlarmSetupOptions;

  constructor(options: CmsAlarmSetupOptions) {
    this.options = options;
  }

  async alarmRules(prefix: string, options: CallOptions): Promise<readonly AlarmRule[]> {
    const rows = await this.pages('DescribeMetricRuleList', { RuleName: prefix }, options, {
      ...{ page: 'Page', path: ['Alarms', 'Alarm'] },
    });
    const rules = rows.map(readRule).filter(({ name }) => name.startsWith(prefix));
    const whole: AlarmRule[] = [];
    for (const rule of rules) {
      const query = { RuleId: rule.name };
      const called = functionTargetOf(await this.send('DescribeMetricRuleTargets', query, options));
      whole.push({ ...rule, target: rule.target ?? called });
    }
    return whole;
  }

  async putAlarmRule(rule: AlarmRule, options: CallOptions): Promise<void> {
    const { name, target, isEnabled } = rule;
    await this.send('PutResourceMetricRule', ruleQuery(rule), options);
    const targets = await this.send('DescribeMetricRuleTargets', { RuleId: name }, options);
    if (functionTargetOf(targets) !== null && target?.kind !== 'function')
      await this.send('DeleteMetricRuleTargets', { RuleId: name, TargetIds: [TARGET_ID] }, options);
    if (target?.kind === 'function')
      await this.send(
        'PutMetricRuleTargets',
        targetQuery(name, target, this.options.accountId),
        options,
      );
    // A rule that is put again stays switched off if it was.
    if (isEnabled) await this.send('EnableMetricRules', { RuleId: [name] }, options);
  }

  async deleteAlarmRule(name: string, options: CallOptions): Promise<void> {
    await this.send('DeleteMetricRules', { Id: [name] }, options);
  }

  async eventRules(prefix: string, options: CallOptions): Promise<readonly EventRule[]> {
    const rows = await this.pages('DescribeEventRuleList', { NamePrefix: prefix }, options, {
      ...{ page: 'PageNumber', path: ['EventRules', 'EventRule'] },
    });
    const rules: EventRule[] = [];
    for (const row of rows.filter((one) => textAt(one, 'Name').startsWith(prefix))) {
      const query = { RuleName: textAt(row, 'Name') };
      rules.push(
        readEventRule(row, await this.send('DescribeEventRuleTargetList', query, options)),
      );
    }
    return rules;
  }

  async putEventRule(rule: EventRule, options: CallOptions): Promise<void> {
    const { name, target } = rule;
    await this.send('PutEventRule', eventRuleQuery(rule), options);
    // Of another kind than before it would stand beside the old one.
    await this.send('DeleteEventRuleTargets', { RuleName: name, Ids: [TARGET_ID] }, options);
    if (target !== null)
      await this.send('PutEventRuleTargets', eventTargetQuery(name, target), options);
  }

  async deleteEventRule(name: string, options: CallOptions): Promise<void> {
    await this.send('DeleteEventRuleTargets', { RuleName: name, Ids: [TARGET_ID] }, options);
    await this.send('DeleteEventRules', { RuleNames: [name] }, options);
  }

  async contactGroups(prefix: string, options: CallOptions): Promise<readonly ContactGroup[]> {
    const rows = await this.pages('DescribeContactGroupList', {}, options, {
      ...{ page: 'PageNumber', path: ['ContactGroupList', 'ContactGroup'] },
    });
    return rows
      .filter((row) => textAt(row, 'Name').startsWith(prefix))
      .map((row) => ({
        name: textAt(row, 'Name'),
        description: textAt(row, 'Describe'),
        contacts: contactsOf(row),
      }));
  }

  async putContactGroup(group: ContactGroup, options: CallOptions): Promise<void> {
    const { name, description, contacts } = group;
    const query = { ContactGroupName: name, Describe: description, ContactNames: [...contacts] };
    await this.send('PutContactGroup', query, options);
  }

  async deleteContactGroup(name: string, options: CallOptions): Promise<void> {
    await this.send('DeleteContactGroup', { ContactGroupName: name }, options);
  }

  async contacts(options: CallOptions): Promise<readonly string[]> {
    const rows = await this.pages('DescribeContactList', {}, options, {
      ...{ page: 'PageNumber', path: ['Contacts', 'Contact'] },
    });
    return rows.map((row) => textAt(row, 'Name'));
  }

  async metricQuota(options: CallOptions): Promise<MetricQuota> {
    const reply = await this.send('DescribeMonitorResourceQuotaAttribute', {}, options);
    const api = fieldsAt(fieldsAt(reply, 'ResourceQuota'), 'Api');
    return { limit: numberAt(api, 'QuotaLimit') ?? null, used: numberAt(api, 'QuotaUsed') ?? null };
  }

  /** Every row, page by page; a list that never ends is unreadable. */
  private async pages(
    action: string,
    query: Fields,
    options: CallOptions,
    { page, path }: { readonly page: string; readonly path: readonly [string, string] },
  ): Promise<readonly Fields[]> {
    const rows: Fields[] = [];
    for (let number = 1; number <= 1000; number += 1) {
      const numbered = { ...query, [page]: number, PageSize: PAGE_SIZE };
      const found = optionalListAt(await this.send(action, numbered, options), ...path);
      rows.push(...found);
      if (found.length < PAGE_SIZE) return rows;
    }
    throw unreadable(action, path);
  }

  private async send(action: string, query: Fields, options: CallOptions): Promise<Fields> {
    const { rpc, regionId } = this.options;
    const request = { product: 'Cms', version: '2019-01-01', action } as const;
    return rpc.call({ ...request, query: { RegionId: regionId, ...query } }, options);
  }
}

function contactsOf(row: Fields): readonly string[] {
  const contacts = fieldsAt(row, 'Contacts')['Contact'];
  return Array.isArray(contacts)
    ? textsAt('DescribeContactGroupList', row, 'Contacts', 'Contact')
    : [];
}
