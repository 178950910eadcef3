import { type Answer } from 'dns-packet';
import { type Zone } from './domain';
import { type AlidnsModel } from './model';
import { answerOf, nameServersOf, startOfAuthority } from './resource-record';
import { recordsFor } from './zone-lookup';

export interface DnsQuestion {
  /** In lower case. */
  readonly name: string;
  readonly type: string;
  /** Line that the client is on. */
  readonly line: string;
}

export interface DnsAnswer {
  readonly code: 'NOERROR' | 'NXDOMAIN' | 'REFUSED';
  readonly answers: readonly Answer[];
  /** The zone's SOA where there is no answer: it says how long that holds. */
  readonly authorities: readonly Answer[];
}

/** Aliases followed within the account's own domains. */
const ALIASES_MAX = 8;

/**
 * What an authoritative server of the account's domains answers: enabled records of the client's line as published, one drawn by
 * weight where weighting is on. A name without records of the type gets NOERROR and the SOA, a name that is not there NXDOMAIN and the SOA, a name
 * of nobody's REFUSED. `random` gives numbers in [0, 1).
 */
export function answerQuestion(
  model: AlidnsModel,
  question: DnsQuestion,
  random: () => number,
): DnsAnswer {
  const answers: Answer[] = [];
  let name = question.name;
  for (let hops = 0; hops <= ALIASES_MAX; hops++) {
    const zone = model.publishedZone(name);
    if (zone === undefined) break;
    const found = lookUp(model, zone, { ...question, name }, random);
    if (found === undefined || found.length === 0)
      return {
        code: found === undefined ? 'NXDOMAIN' : 'NOERROR',
        answers,
        authorities: [startOfAuthority(zone, model.negativeTtlSeconds)],
      };
    answers.push(...found);
    const alias = found.find(({ type }) => type === 'CNAME') as { data: string } | undefined;
    if (alias === undefined || question.type === 'CNAME' || question.type === 'ANY') break;
    name = alias.data.toLowerCase();
  }
  return { code: answers.length === 0 ? 'REFUSED' : 'NOERROR', answers, authorities: [] };
}

/** Undefined when the name is not there. */
function lookUp(
  model: AlidnsModel,
  zone: Zone,
  question: DnsQuestion,
  random: () => number,
): readonly Answer[] | undefined {
  const { name, type } = question;
  const found = recordsFor(zone, question, {
    pausedLine: model.behaviour.pausedLine,
    random,
  })?.flatMap((record) => answerOf(name, record));
  if (name !== zone.domainName) return found;
  const isWanted = (own: string): boolean => type === own || type === 'ANY';
  return [
    ...(found ?? []),
    ...(isWanted('SOA') ? [startOfAuthority(zone, model.negativeTtlSeconds)] : []),
    ...(isWanted('NS') ? nameServersOf(zone) : []),
  ];
}
